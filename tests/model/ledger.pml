/* The ledger: Raft whose leader has at most one entry uncommitted.
 *
 * A log is a part of the committed one (held) and perhaps one entry more (tail). Messages are lost,
 * late and reordered because each step of each node may happen or not. A new leader that inherits a
 * tail carries it on in its own term: that stands for its no-op behind it.
 */
#define RANK(v) (held[v] * 8 + (tail[v] -> tail_term[v] : 0))
#define FOLLOWS(v) (leader != NOBODY && leader != v && ALIVE(leader) && ALIVE(v))

/* Does v grant, and which configuration does it name? A condemnation anywhere in its log stops it, until it
 * knows a committed acquittal; the tail counts before the acknowledgement leaves. */
inline judge(v) {
	stopped[v] = mute[v];
	k_ = known[v];
	do
	:: k_ <= held[v] ->
		if :: after[k_].condemned[incarnation] -> stopped[v] = 1 :: else fi;
		k_++
	:: else -> break
	od;
	if :: tail[v] == CONDEMN - 1 + incarnation -> stopped[v] = 1 :: else fi;
#ifdef DROP_STOP_BEFORE_ACK
	stopped[v] = (VIEW(v).condemned[incarnation] != 0);
#endif
#ifdef DROP_RESUME_ON_COMMIT
	if :: tail[v] == ACQUIT -> stopped[v] = 0 :: else fi;
#endif
#ifdef DROP_STOP_SELF
	if :: (v) == 0 -> stopped[v] = 0 :: else fi;
#endif
#ifdef DROP_SWITCH_ON_APPEND
	in_new[v] = (VIEW(v).stage == 2);
#else
	in_new[v] = (after[held[v]].stage == 2 || tail[v] == SETTLED);
#endif
	if :: (v) == 0 -> count_grants() :: else fi
}

inline judge_all() {
	e_ = 0;
	do
	:: e_ < NODES -> judge(e_); e_++
	:: else -> break
	od;
	e_ = 0
}

/* good_: the nodes of mask_ that hold the leader's tail are a majority of mask_. */
inline majority_holds() {
	size_of(mask_);
	count_ = 0;
	i_ = 0;
	do
	:: i_ < NODES ->
		if
		:: (mask_ & BIT(i_)) && tail[i_] == tail[leader] && tail_term[i_] == term -> count_++
		:: else
		fi;
		i_++
	:: else -> break
	od;
#ifdef DROP_MAJORITY
	good_ = (count_ + 1 > size_ / 2)
#else
	good_ = (count_ > size_ / 2)
#endif
}

#ifdef DROP_BOTH_MAJORITIES
#define NEEDS_BOTH(e) ((e) == SETTLED)
#else
#define NEEDS_BOTH(e) ((e) == SETTLED || (NOW.stage == 1 && ((e) == CONDEMN || (e) == CONDEMN + 1)))
#endif

inline may_commit() {
	mask_ = (NOW.stage || tail[leader] == CHANGE -> NEW_VOTERS : OLD_VOTERS);
	majority_holds();
	if
	:: good_ && NEEDS_BOTH(tail[leader]) -> mask_ = OLD_VOTERS; majority_holds()
	:: else
	fi
}

/* good_: a majority of v's voters votes for v: those whose log is not newer. */
inline may_lead(v) {
	mask_ = (after[held[v]].stage || tail[v] == CHANGE -> NEW_VOTERS : OLD_VOTERS);
	size_of(mask_);
	count_ = 0;
	i_ = 0;
	do
	:: i_ < NODES ->
		if
		:: (mask_ & BIT(i_)) && ALIVE(i_) && !mute[i_] && RANK(i_) <= RANK(v) -> count_++
		:: else
		fi;
		i_++
	:: else -> break
	od;
	good_ = ((mask_ & BIT(v)) && count_ > size_ / 2)
}

/* Invariant 7: an ownership ends by its owner's release or a receipt for its incarnation. */
inline check_end_of_ownership(e) {
	if
	:: e == GIVE_Y || e == GIVE_X2 -> ends_by_right = (NOW.owner == FREE || (NOW.receipts & BIT(NOW.owner)))
	:: e == RELEASE -> ends_by_right = released
	:: else -> ends_by_right = 1
	fi;
	assert(ends_by_right)
}

/* A receipt tells the truth. It follows from invariant 1 some steps before Y starts, so it saves the two
 * entries after it where the search would not fit otherwise. */
inline check_receipt(e) {
#ifdef JUDGES_RECEIPTS
	receipt_true = !(e == RECEIPT && incarnation == 1 && guest == RUNNING);
	assert(receipt_true)
#else
	skip
#endif
}

/* The state after one entry more. */
inline apply(e) {
	check_end_of_ownership(e);
	check_receipt(e);
	after[entries + 1].condemned[1] = NOW.condemned[1];
	after[entries + 1].condemned[2] = NOW.condemned[2];
	after[entries + 1].receipts = NOW.receipts;
	after[entries + 1].owner = NOW.owner;
	after[entries + 1].begun = NOW.begun;
	after[entries + 1].stage = NOW.stage;
	after[entries + 1].long_terms = NOW.long_terms;
	entries++;
	if
	:: e == CONDEMN -> NOW.condemned[1] = entries
	:: e == CONDEMN + 1 -> NOW.condemned[2] = entries
	:: e == RECEIPT -> NOW.receipts = NOW.receipts | BIT(1)
	:: e == RECEIPT + 1 -> NOW.receipts = NOW.receipts | BIT(2)
	:: e == ACQUIT -> NOW.condemned[1] = 0
	:: e == BEGUN -> NOW.begun = (NOW.owner == 2 -> NOW.condemned[2] : NOW.condemned[1])
	:: e == GIVE_Y -> NOW.owner = OWNER_Y
	:: e == GIVE_X2 -> NOW.owner = 2
	:: e == RELEASE -> NOW.owner = FREE
	:: e == CHANGE -> NOW.stage = 1
	:: e == SETTLED -> NOW.stage = 2
	:: e == TIGHTEN -> NOW.long_terms = 0
	:: e == RELAX -> NOW.long_terms = 1
	fi
}

#define NEWEST(v) (VIEW(v).condemned[2] -> VIEW(v).condemned[2] : VIEW(v).condemned[1])

/* v learns that all that is committed is committed. Its stopwatch names the condemnation; that of a node
 * which never leads is never read, so it does not run. */
inline learn(v) {
	known[v] = entries;
#ifdef DROP_WATCH_NAMES
	if :: NEWEST(v) && watch_of[v] == 0 -> watch_of[v] = NOBODY; watch[v] = 0 :: else fi;
#else
#ifndef DROP_WATCH_ON_COMMIT
	if
	:: watch_of[v] != NEWEST(v) && (LEADERS & BIT(v)) -> watch_of[v] = NEWEST(v); watch[v] = 0
	:: else
	fi;
#endif
#endif
	judge(v)
}

inline propose(e) {
	tail[leader] = e;
	tail_term[leader] = term;
#ifdef DROP_WATCH_ON_COMMIT
	if :: e == CONDEMN || e == CONDEMN + 1 -> watch_of[leader] = NOBODY; watch[leader] = 0 :: else fi;
#endif
	judge(leader)
}

inline commit_tail() {
	e_ = tail[leader];
	apply(e_);
	i_ = 0;
	do
	:: i_ < NODES ->
		if
		:: tail[i_] == e_ && tail_term[i_] == term -> held[i_] = entries; tail[i_] = 0; tail_term[i_] = 0
		:: else
		fi;
		i_++
	:: else -> break
	od;
	learn(leader);
	judge_all()
}
