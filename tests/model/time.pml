/* What comes by itself: the ticks, the drift of clocks, grants that are late or lost. */
inline stopwatch_ticks() {
	i_ = 0;
	do
	:: i_ < NODES ->
		if
		:: up[i_] && watch_of[i_] && watch[i_] < WAIT_MAX && NOW.owner != OWNER_Y -> watch[i_]++
		:: else
		fi;
		i_++
	:: else -> break
	od;
	i_ = 0
}

inline watchdog_ticks() {
	if
	:: up[0] && dog && !suspended && guest != GONE ->
		dog--;
		if :: dog == 0 -> x_down() :: else fi
	:: else
	fi
}

/* Invariant 4: without a lease the guest runs no longer than T_wd. */
inline check_unleased() {
	if
	:: guest == RUNNING && !lease && !suspended -> unleased++
	:: else -> unleased = 0
	fi;
	ends_in_time = (unleased <= 2 * TIMEOUT - 2 + DRIFT);
	assert(ends_in_time)
}

proctype clock() {
	do
	:: d_step { true -> lease_ticks(); stopwatch_ticks(); watchdog_ticks(); check_unleased() }
	/* Clocks disagree: X's lease misses a tick, its watchdog does, or the stopwatches are ahead by one. */
	:: d_step { drift_left && up[0] -> drift_left--; stopwatch_ticks(); watchdog_ticks(); check_unleased() }
	:: d_step { drift_left && up[0] -> drift_left--; lease_ticks(); stopwatch_ticks(); check_unleased() }
	:: d_step { drift_left && up[0] -> drift_left--; stopwatch_ticks() }
	od
}

#ifdef GRANTS_LOST
proctype granter(byte v) {
	do
	:: d_step { GRANTS(v) && (grant[v] < LEASE_X || names[v] != in_new[v]) -> give(v); count_grants() }
	od
}
#endif
#ifdef DROP_SESSION
proctype network(byte v) {
	do
	:: d_step { stray[v] && X_ACTS && restarts_left < RESTARTS && grant[v] < LEASE ->
		stray[v] = 0; grant[v] = LEASE_X; names[v] = in_new[v]; count_grants() }
	od
}
#endif
