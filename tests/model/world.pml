/* What there is: parameters, the hosts, the ledger's copies, and what is derived from them.
 *
 * Node 0 is X, the first owner of the one guarded guest; node 1 is Y, which takes it over; nodes 2 and
 * 3 are witnesses. Each rule of DESIGN sections 5 to 7 is in force unless DROP_<rule> is defined;
 * each assumption holds unless BREAK_<assumption> is.
 */
#ifndef NODES
#define NODES 3
#endif
#ifndef OLD_VOTERS
#define OLD_VOTERS ((1 << NODES) - 1)   /* bit v: node v votes before the change of voters */
#endif
#ifndef NEW_VOTERS
#define NEW_VOTERS OLD_VOTERS           /* ... and after it */
#endif
#ifndef LEASE
#define LEASE 2                         /* L in ticks; of the long terms, where there are two */
#endif
#define LEASE_SHORT (LEASE - 1)
#ifndef TIMEOUT
#define TIMEOUT 2                       /* of the watchdog as read back, ticks; T_wd is twice that */
#endif
#ifndef DRIFT
#define DRIFT 1                         /* ticks by which clocks may disagree in one life of X */
#endif
#ifndef ENTRIES
#define ENTRIES 3                       /* bound: committed entries */
#endif
#ifndef TERMS
#define TERMS 2                         /* bound: terms of the ledger */
#endif
#ifndef CRASHES
#define CRASHES 1                       /* bound: crashes of voters other than X */
#endif
#ifndef RESTARTS
#define RESTARTS 0                      /* bound: crashes of X's daemon alone */
#endif
#ifndef BOOTS
#define BOOTS 1                         /* bound: incarnations of X, at most 2 */
#endif
#ifndef LEADERS
#define LEADERS 7                       /* bit v: node v may lead the ledger; bit 0 is X */
#endif

#define NOBODY 9
#define BIT(v) (1 << (v))

/* A guest at one host. Paused: a live migration holds it, and libvirt may resume it by itself. */
#define GONE 0
#define RUNNING 1
#define STARTING 2
#define PAUSED 3

/* Owners: 1 and 2 are X's incarnations. */
#define FREE 0
#define OWNER_Y 3

/* Entries of the ledger; for X's first incarnation, the next one for its second. */
#define CONDEMN 1
#define RECEIPT 3
#define ACQUIT 5
#define BEGUN 6
#define GIVE_Y 7
#define GIVE_X2 8
#define RELEASE 9
#define CHANGE 10
#define SETTLED 11
#define TIGHTEN 12
#define RELAX 13

/* ---- X ---- */
bool daemon = 1;        /* inquestd runs */
byte incarnation = 1;
byte guest = RUNNING;
bool aware = 1;         /* the daemon has adopted the guest that runs */
bool released;          /* X has noted durably that its guest is gone for good */
byte grant[NODES];      /* ticks for which this voter's grant still counts */
bool names[NODES];      /* that grant names the new configuration */
bool stray[NODES];      /* a grant of an earlier session is still on its way */
bool relaxed;           /* X counts its lease with the long terms */
bool tightening;        /* X has asked for shorter terms, and so does not relax */
byte dog;               /* ticks until the watchdog resets X */
bool feeding;           /* the lease was looked at, the write is still to come */
byte unleased;          /* ticks that the guest has run without a lease */
bool suspended;
bool lease;             /* derived: a blocking set has granted */

/* ---- Y ---- */
byte copy;              /* its guest */

/* ---- every node ---- */
bool up[NODES];
bool loaded[NODES];     /* its log is read */
bool mute[NODES];       /* it noticed that its disk was lost */
byte held[NODES];       /* entries of the committed log that it holds */
byte known[NODES];      /* ... of which it knows that they are committed */
byte tail[NODES];       /* one more entry, not committed: 0 is none */
byte tail_term[NODES];
byte watch[NODES];      /* stopwatch, ticks ... */
byte watch_of[NODES];   /* ... of the condemnation with this index */
bool stopped[NODES];    /* derived: it does not grant */
bool in_new[NODES];     /* derived: its grants name the new configuration */

/* ---- the committed log ---- */
typedef Decided {
	byte condemned[3];  /* by incarnation: index of the condemnation in force, or 0 */
	byte receipts;      /* bit i: for incarnation i */
	byte owner;
	byte begun;         /* index of the condemnation that this fence action names */
	byte stage;         /* 0 old voters, 1 changed, 2 settled */
	bool long_terms
};
Decided after[ENTRIES + 1];   /* what the first k entries make */
byte entries;               /* committed so far */
byte leader = NOBODY;
byte term = 1;

/* ---- the fence device ---- */
bool asked;             /* it has been asked and has not answered */
byte seen_off;          /* the newest incarnation that it reported off */

/* ---- what may still go wrong ---- */
byte drift_left = DRIFT;
byte crashes_left = CRASHES;
byte restarts_left = RESTARTS;
bool suspends_left = 1;
bool losses_left = 1;

hidden byte i_;
hidden byte k_;
hidden byte e_;
hidden byte count_;
hidden byte size_;
hidden byte mask_;
hidden byte good_;

/* The invariants of DESIGN section 8, named as a search reports them. */
hidden byte one_guest;
hidden byte receipt_first;
hidden byte condemned_first;
hidden byte ends_in_time;
hidden byte ends_by_right;
hidden byte receipt_true;

/* X's daemon is what makes X a voter; the other nodes stand or fall as a whole. */
#define ALIVE(v) (up[v] && loaded[v] && ((v) != 0 || (daemon && !suspended)))
#define X_ACTS (up[0] && daemon && !suspended)
#define VIEW(v) after[known[v]]
#define NOW after[entries]

inline size_of(mask) {
	size_ = 0;
	i_ = 0;
	do
	:: i_ < NODES -> if :: mask & BIT(i_) -> size_++ :: else fi; i_++
	:: else -> break
	od
}

/* Invariant 1: no two nodes execute the guest. */
inline check_one_guest() {
	one_guest = !(guest == RUNNING && copy == RUNNING && !suspended);
	assert(one_guest)
}

inline crash_of(v) {
	loaded[v] = 0;
	if :: leader == v -> leader = NOBODY :: else fi
}
