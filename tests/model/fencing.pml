/* The coordinator: condemns, acquits, fences, moves the guest, changes the voters. */
#define LEADS (leader != NOBODY && ALIVE(leader) && tail[leader] == 0 && held[leader] == entries \
	&& known[leader] == entries && entries < ENTRIES)

/* The owner that is a node X, and the condemnation of it. */
#define OWNER_X (NOW.owner == 1 || NOW.owner == 2)
#define IN_FORCE (OWNER_X && NOW.condemned[NOW.owner] != 0)
#define HAS_RECEIPT(i) ((NOW.receipts & BIT(i)) != 0)

#ifdef DROP_WATCH_NAMES
#define WAITED(c) (watch_of[leader] && watch[leader] >= WAIT(leader))
#elif defined(DROP_WATCH_ON_COMMIT)
#define WAITED(c) (watch_of[leader] && watch[leader] >= WAIT(leader))
#else
#define WAITED(c) (watch_of[leader] == (c) && watch[leader] >= WAIT(leader))
#endif
#ifdef DROP_TIMEOUT_IS_UNKNOWN
#define SAYS_OFF(i) (asked || seen_off >= (i))
#elif defined(DROP_RECEIPT_NAMES_INCARNATION)
#define SAYS_OFF(i) (seen_off != 0)
#else
#define SAYS_OFF(i) (seen_off >= (i))
#endif
#ifdef DROP_REBOOTED_IS_NEWER
#define REBOOTED(i) (X_ACTS && (incarnation > (i) || restarts_left < RESTARTS))
#else
#define REBOOTED(i) (X_ACTS && incarnation > (i))
#endif
#ifdef DROP_RECEIPT_TO_MOVE
#define MAY_MOVE (NOW.owner == FREE || IN_FORCE)
#elif defined(DROP_RELEASE_TO_MOVE)
#define MAY_MOVE (NOW.owner == FREE || (OWNER_X && HAS_RECEIPT(NOW.owner)) || copy == PAUSED)
#else
#define MAY_MOVE (NOW.owner == FREE || (OWNER_X && HAS_RECEIPT(NOW.owner)))
#endif
#ifdef DROP_TERMS_FROZEN
#define TERMS_FREE true
#else
#define TERMS_FREE (!NOW.condemned[1])
#endif
#ifdef DROP_TIGHTEN_FIRST
#define TIGHTENED relaxed
#else
#define TIGHTENED (tightening && !relaxed)
#endif
#ifdef DROP_NO_ACQUITTAL_AFTER_BEGUN
#define ACQUITTABLE true
#else
#define ACQUITTABLE (NOW.begun != NOW.condemned[1])
#endif

proctype coordinator() {
	do
	:: d_step { LEADS && NOW.owner == 1 && !NOW.condemned[1] && !HAS_RECEIPT(1) -> propose(CONDEMN) }
	:: d_step { LEADS && NOW.owner == 2 && !NOW.condemned[2] && !HAS_RECEIPT(2) -> propose(CONDEMN + 1) }
#ifdef ACQUITS
	:: d_step { LEADS && NOW.owner == 1 && NOW.condemned[1] && !HAS_RECEIPT(1) && ACQUITTABLE &&
		up[0] && incarnation == 1 -> propose(ACQUIT) }
#endif
#ifndef NO_SELF_FENCE
	:: d_step { LEADS && IN_FORCE && !HAS_RECEIPT(NOW.owner) && WAITED(NOW.condemned[NOW.owner]) ->
		propose(RECEIPT - 1 + NOW.owner) }
#endif
#ifdef POWER
	:: d_step { LEADS && IN_FORCE && !HAS_RECEIPT(NOW.owner) && SAYS_OFF(NOW.owner) ->
		propose(RECEIPT - 1 + NOW.owner) }
#endif
	:: d_step { LEADS && OWNER_X && !HAS_RECEIPT(NOW.owner) && REBOOTED(NOW.owner) ->
		propose(RECEIPT - 1 + NOW.owner) }
	:: d_step { LEADS && MAY_MOVE && NOW.owner != OWNER_Y -> propose(GIVE_Y) }
	:: d_step { LEADS && MAY_MOVE && NOW.owner != OWNER_Y && NOW.owner != 2 && incarnation == 2 && up[0] &&
		!NOW.condemned[2] -> propose(GIVE_X2) }
#ifdef RELEASES
	:: d_step { LEADS && NOW.owner == 1 && released -> propose(RELEASE) }
#endif
#ifdef CHANGES_VOTERS
	:: d_step { LEADS && NOW.stage == 0 -> propose(CHANGE) }
#ifndef NEVER_SETTLED
	:: d_step { LEADS && NOW.stage == 1 -> propose(SETTLED) }
#endif
#endif
#ifdef TWO_TERMS
	:: d_step { LEADS && TERMS_FREE && NOW.long_terms && TIGHTENED -> propose(TIGHTEN) }
	:: d_step { LEADS && TERMS_FREE && !NOW.long_terms && !tightening -> propose(RELAX) }
#endif
	od
}

#ifdef POWER
#ifdef DROP_CONDEMN_FIRST
#define MAY_ASK (leader != NOBODY && ALIVE(leader) && (IN_FORCE || tail[leader] == CONDEMN))
#elif defined(DROP_BEGUN_FIRST)
#define MAY_ASK (LEADS && IN_FORCE && !HAS_RECEIPT(NOW.owner))
#else
#define MAY_ASK (LEADS && IN_FORCE && !HAS_RECEIPT(NOW.owner) && NOW.begun == NOW.condemned[NOW.owner])
#endif

/* Invariant 3: a device acts only under a committed condemnation that has not been withdrawn. */
inline check_condemned() {
	condemned_first = (NOW.condemned[1] || NOW.condemned[2]);
	assert(condemned_first)
}

/* The device: it acts late, or not at all; whoever asked may be gone by then. */
proctype device() {
	do
	:: d_step { LEADS && IN_FORCE && !HAS_RECEIPT(NOW.owner) && NOW.begun != NOW.condemned[NOW.owner] ->
		propose(BEGUN) }
	:: d_step { MAY_ASK && !asked && seen_off < incarnation -> asked = 1; check_condemned() }
	:: d_step { asked ->
		asked = 0; check_condemned(); seen_off = incarnation;
		if :: up[0] -> x_down() :: else fi }
	:: d_step { asked -> asked = 0 }
#ifdef BREAK_DEVICE_IS_TRUE
	:: d_step { asked -> asked = 0; seen_off = incarnation }
#endif
	od
}
#endif
