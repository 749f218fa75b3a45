/* Grants, the lease of X, and how long a stopwatch waits.
 *
 * A voter that may grant does so at every tick: a longer lease only permits more, so this is worse than any
 * loss or delay of grants; with GRANTS_LOST it may also fail to. X counts from the beat's sending.
 */
#ifdef TWO_TERMS
#define LEASE_X (relaxed -> LEASE : LEASE_SHORT)
#else
#define LEASE_X LEASE
#endif

#ifdef DROP_VOTERS_ONLY
#define COUNTS(v) ((mask_ & BIT(v)) || (v) == 0)
#else
#define COUNTS(v) (mask_ & BIT(v))
#endif
#ifdef DROP_GRANTS_NAME_VOTERS
#define SAME(v) 1
#else
#define SAME(v) (names[v] == in_new[0])
#endif

/* A blocking set: so many grants that the other voters can form no majority. */
inline count_grants() {
	mask_ = (in_new[0] -> NEW_VOTERS : OLD_VOTERS);
	size_of(mask_);
	count_ = 0;
	i_ = 0;
	do
	:: i_ < NODES -> if :: grant[i_] && COUNTS(i_) && SAME(i_) -> count_++ :: else fi; i_++
	:: else -> break
	od;
#ifdef DROP_BLOCKING_SET
	lease = (count_ >= 1);
#else
	lease = (count_ >= size_ - size_ / 2);
#endif
	if :: lease -> unleased = 0 :: else fi
}

inline drop_grants() {
	i_ = 0;
	do
	:: i_ < NODES -> grant[i_] = 0; names[i_] = 0; i_++
	:: else -> break
	od;
	lease = 0
}

#ifdef DROP_LOAD_FIRST
#define GRANTS(v) (up[v] && ((v) != 0 || loaded[v]) && X_ACTS && !(stopped[v] && loaded[v]))
#else
#define GRANTS(v) (up[v] && loaded[v] && X_ACTS && !stopped[v])
#endif

inline give(v) {
	grant[v] = LEASE_X;
	names[v] = in_new[v];
#ifdef DROP_SESSION
	stray[v] = 1
#endif
}

inline lease_ticks() {
	k_ = 0;
	do
	:: k_ < NODES ->
		if
#ifndef GRANTS_LOST
		:: GRANTS(k_) -> give(k_)
#endif
		:: else -> if :: grant[k_] -> grant[k_]-- :: else names[k_] = 0 fi
		fi;
		k_++
	:: else -> break
	od;
	count_grants()
}

/* Wait of a stopwatch. The last look at the lease is at LEASE - 1; a write under way comes TIMEOUT - 1 later,
 * just before the watchdog fires; then the watchdog counts TIMEOUT once more. */
#ifdef DROP_WAIT_WHOLE
#define SHORTENED 1
#else
#define SHORTENED 0
#endif
#ifdef DROP_TIMEOUT_TWICE
#define DOG_MAX (TIMEOUT)
#else
#define DOG_MAX (2 * TIMEOUT - 2)
#endif
#ifdef DROP_DRIFT
#define WAIT_DRIFT 0
#else
#define WAIT_DRIFT DRIFT
#endif
#define WAIT_MAX (LEASE + DOG_MAX + WAIT_DRIFT - SHORTENED)
#ifdef TWO_TERMS
#define WAIT(v) (VIEW(v).long_terms -> WAIT_MAX : WAIT_MAX - (LEASE - LEASE_SHORT))
#else
#define WAIT(v) WAIT_MAX
#endif
