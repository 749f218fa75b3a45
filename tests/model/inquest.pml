/* No guarded guest runs twice: leases, condemnations, fencing (DESIGN sections 5 to 8).
 *
 * Every step of every process is atomic and may come at any time or never: any daemon may stall for ever
 * between two of its steps. Only the clock and the watchdog are punctual. README.md is the guide.
 */
#include "world.pml"
#include "leases.pml"
#include "ledger.pml"
#include "voter.pml"
#include "guest.pml"
#include "time.pml"
#include "fencing.pml"

init {
	d_step {
		i_ = 0;
		do
		:: i_ < NODES -> up[i_] = 1; loaded[i_] = 1; i_++
		:: else -> break
		od;
		NOW.owner = 1;
		dog = TIMEOUT
	};
	atomic {
		/* Who leads at first, and by which terms X lives. */
		if
		:: LEADERS & BIT(1) -> leader = 1
		:: LEADERS & BIT(0) -> leader = 0
		fi;
#ifdef TWO_TERMS
		if :: relaxed = 1; NOW.long_terms = 1 :: skip fi;
#endif
		d_step { k_ = 0; do :: k_ < NODES -> grant[k_] = LEASE_X; k_++ :: else -> break od; judge_all(); k_ = 0; e_ = 0 };
		run clock();
		k_ = 0;
		do
		:: k_ < NODES ->
			run voter(k_);
#ifdef GRANTS_LOST
			run granter(k_);
#endif
#ifdef DROP_SESSION
			run network(k_);
#endif
			k_++
		:: else -> break
		od;
		run x_node();
		run y_node();
		run coordinator();
#ifdef POWER
		run device()
#endif
	}
}
