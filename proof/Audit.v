(* What the theorems rest on: make audit compares this with axioms.txt. *)
Require Import Theorems Main Chain ClassPath Regions.
Print Assumptions ends_sound.
Print Assumptions path_continuous.
Print Assumptions check_sound.
Print Assumptions connected_in_sublevel_sets.
Print Assumptions below_sound.
Print Assumptions connected_sound.
Print Assumptions descends_sound.
Print Assumptions never_rises_sound.
Print Assumptions falls_strictly_sound.
Print Assumptions unbounded_sound.
Print Assumptions for_every_convex_loss.
Print Assumptions for_the_named_loss.
Print Assumptions descends.
Print Assumptions never_rises.
Print Assumptions falls_strictly.
Print Assumptions unbounded.
Print Assumptions chain_sound.
Print Assumptions class_path_sound.
Print Assumptions regions_sound.
