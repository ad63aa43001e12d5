"""The learners of a run, one or several in lockstep, behind one face (`party.Party`)."""
