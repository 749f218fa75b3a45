/* X and Y as hosts: the guest, the watchdog, the daemon, death and boot, live migration. */

/* X's host is off or reset. What it wrote down stays. */
inline x_down() {
	up[0] = 0;
	daemon = 0;
	guest = GONE;
	aware = 1;
	dog = 0;
	feeding = 0;
	unleased = 0;
	suspended = 0;
	watch[0] = 0;
	drop_grants();
	crash_of(0)
}

/* What is unknown, in flight or paused counts as a guest. */
#ifdef DROP_ADOPT
#define SEES_GUEST (aware && guest != GONE)
#elif defined(DROP_IN_FLIGHT_COUNTS)
#define SEES_GUEST (guest == RUNNING || guest == PAUSED)
#elif defined(DROP_PAUSED_COUNTS)
#define SEES_GUEST (guest == RUNNING || guest == STARTING)
#else
#define SEES_GUEST (guest != GONE)
#endif
#ifdef DROP_FEED_BY_LEASE
#define MAY_FEED true
#else
#define MAY_FEED (lease || !SEES_GUEST)
#endif

inline guest_gone() {
	guest = GONE;
	unleased = 0;
	if :: daemon -> dog = TIMEOUT :: else fi
}

#ifdef DROP_OWNER_NAMES_INCARNATION
#define OWNS (VIEW(0).owner == 1 || VIEW(0).owner == 2)
#else
#define OWNS (VIEW(0).owner == incarnation)
#endif
#ifdef DROP_RELEASE_IS_DURABLE
#define GAVE_UP false
#else
#define GAVE_UP (released && incarnation == 1)
#endif
#ifdef DROP_LEASE_TO_START
#define LEASE_TO_START true
#else
#define LEASE_TO_START lease
#endif
#ifdef DROP_RELEASE_WHEN_GONE
#define RELEASABLE (guest == GONE || guest == PAUSED)
#else
#define RELEASABLE (guest == GONE)
#endif
/* X tightens first and commits afterwards; it commits first and relaxes afterwards. */
#ifdef DROP_TIGHTEN_FIRST
#define MAY_TIGHTEN (!VIEW(0).long_terms)
#else
#define MAY_TIGHTEN true
#endif
#ifdef DROP_RELAX_AFTERWARDS
#define MAY_RELAX true
#else
#define MAY_RELAX VIEW(0).long_terms
#endif
#ifdef DROP_KEEPER_HOLDS_DOG
#define OPEN_DOG dog = TIMEOUT
#else
#define OPEN_DOG skip
#endif

proctype x_node() {
	do
	/* The watchdog: first the look, then the write; a stall may lie between. */
	:: d_step { X_ACTS && dog && !feeding && guest != GONE && MAY_FEED -> feeding = 1 }
	:: d_step { X_ACTS && dog && feeding -> feeding = 0; dog = TIMEOUT }
	/* The guest. */
	:: d_step { X_ACTS && loaded[0] && guest == GONE && dog && OWNS && !GAVE_UP && LEASE_TO_START &&
		!VIEW(0).condemned[incarnation] ->
		guest = STARTING; aware = 1 }
	:: d_step { up[0] && guest == STARTING && !suspended -> guest = RUNNING; check_one_guest() }
	:: d_step { up[0] && guest == STARTING -> guest_gone() }
#ifndef X_LASTS
	:: d_step { up[0] && guest == RUNNING && !suspended -> guest_gone() }
#endif
#ifdef RELEASES
	:: d_step { X_ACTS && RELEASABLE && incarnation == 1 && !released && VIEW(0).owner == 1 -> released = 1 }
#endif
	/* The daemon crashes, the keeper starts it anew; guests run on. */
	:: d_step { up[0] && daemon && restarts_left ->
		restarts_left--; daemon = 0; feeding = 0; watch[0] = 0; drop_grants(); crash_of(0);
#ifdef DROP_ADOPT
		aware = 0;
#endif
		if :: dog -> OPEN_DOG :: else fi }
	:: d_step { up[0] && !daemon && !suspended -> daemon = 1; if :: dog -> OPEN_DOG :: else fi }
	/* The host loses power, and boots. X_LASTS: but for its watchdog it runs on, and so does the guest. */
#ifndef X_LASTS
	:: d_step { up[0] -> x_down() }
#endif
	:: d_step { !up[0] && incarnation < BOOTS ->
		incarnation++; up[0] = 1; daemon = 1; dog = TIMEOUT; judge_all() }
#ifdef BREAK_NO_SUSPEND
	:: d_step { up[0] && suspends_left && !suspended -> suspends_left = 0; suspended = 1 }
	:: d_step { suspended -> suspended = 0; check_one_guest() }
#endif
#ifdef TWO_TERMS
	:: d_step { X_ACTS && relaxed && !tightening && MAY_TIGHTEN ->
		tightening = 1; relaxed = 0;
		i_ = 0;
		do
		:: i_ < NODES -> if :: grant[i_] -> grant[i_]-- :: else fi; i_++
		:: else -> break
		od;
		count_grants() }
	:: d_step { X_ACTS && !relaxed && !tightening && MAY_RELAX -> relaxed = 1 }
#endif
#ifdef MIGRATES
	/* Live migration: the source is paused, the destination holds all of the guest. */
	:: d_step { X_ACTS && guest == RUNNING && OWNS && !released && lease && up[1] && copy == GONE ->
		guest = PAUSED; copy = PAUSED }
	/* libvirt's Confirm: it ends the source, or it resumes it when a reply was lost; it asks nobody. */
	:: d_step { up[0] && guest == PAUSED && !suspended -> guest_gone() }
	:: d_step { up[0] && guest == PAUSED && !suspended -> guest = RUNNING; check_one_guest() }
#endif
	od
}

/* Invariant 2: Y starts nothing without a receipt or a release of the former owner. */
inline check_former_owner() {
	receipt_first = (VIEW(1).receipts != 0 || released);
	assert(receipt_first)
}

/* Y starts, or resumes, what the ledger as Y knows it gives to Y. */
proctype y_node() {
	do
	:: d_step { ALIVE(1) && VIEW(1).owner == OWNER_Y && copy != RUNNING ->
		copy = RUNNING; check_former_owner(); check_one_guest() }
#ifdef MIGRATES
	:: d_step { up[1] && copy == PAUSED -> copy = GONE }
#ifdef DROP_MIGRATE_PAUSED
	/* libvirt's Finish resumes the guest, as it does without VIR_MIGRATE_PAUSED. */
	:: d_step { up[1] && copy == PAUSED -> copy = RUNNING; check_one_guest() }
#endif
#endif
	od
}
