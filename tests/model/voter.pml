/* A node of the ledger: it appends, learns, leads, commits, crashes and boots. */
proctype voter(byte v) {
	do
	:: d_step { FOLLOWS(v) && tail[leader] && held[v] == entries && !mute[v] &&
		!(tail[v] == tail[leader] && tail_term[v] == term) ->
		tail[v] = tail[leader]; tail_term[v] = term; judge(v) }
	:: d_step { FOLLOWS(v) && held[leader] == entries && !mute[v] &&
		(held[v] < entries || (tail[v] && tail_term[v] != term)) ->
		held[v] = entries; tail[v] = 0; tail_term[v] = 0; judge(v) }
	:: d_step { FOLLOWS(v) && held[v] == entries && known[leader] == entries && known[v] < entries ->
		learn(v) }
	:: d_step { leader != v && ALIVE(v) && !mute[v] && (LEADERS & BIT(v)) && term < TERMS ->
		may_lead(v);
		if
		:: good_ -> leader = v; term++; if :: tail[v] -> tail_term[v] = term :: else fi
		:: else
		fi }
	:: d_step { leader == v && ALIVE(v) && tail[v] == 0 && held[v] == entries && known[v] < entries ->
		may_lead(v); if :: good_ -> learn(v) :: else fi }
	:: d_step { leader == v && ALIVE(v) && tail[v] && held[v] == entries && entries < ENTRIES ->
		may_commit(); if :: good_ -> commit_tail() :: else fi }
	/* The host of a voter other than X. What it has acknowledged is on its disk. */
	:: d_step { v != 0 && up[v] && crashes_left ->
		crashes_left--; up[v] = 0; crash_of(v);
		if :: (v) == 1 -> copy = GONE :: else fi;
#ifdef DROP_WATCH_ANEW
		if :: watch_of[v] -> watch[v] = WAIT_MAX :: else fi
#else
		watch[v] = 0
#endif
		}
	:: d_step { v != 0 && !up[v] -> up[v] = 1 }
	:: d_step { up[v] && !loaded[v] && (v != 0 || X_ACTS) -> loaded[v] = 1 }
#ifdef DISK_LOST
	:: d_step { v != 0 && !up[v] && losses_left && (held[v] || tail[v]) ->
		losses_left = 0; held[v] = 0; known[v] = 0; tail[v] = 0; tail_term[v] = 0;
#ifndef DROP_LOST_DISK_MUTE
		mute[v] = 1;
#endif
		watch_of[v] = 0; judge(v) }
#endif
	od
}
