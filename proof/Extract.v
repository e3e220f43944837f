(* To OCaml. What is believed here: Coq's extraction, and that the operations of Zarith are those of Z. *)
Require Import Extraction ExtrOcamlBasic ZArith Net Moves Check CheckObjects.
Extract Inductive positive => "Zint.t" ["(fun x -> Zint.succ (Zint.shift_left x 1))" "(fun x -> Zint.shift_left x 1)" "Zint.one"]
  "(fun _ -> assert false)".
Extract Inductive Z => "Zint.t" ["Zint.zero" "" "Zint.neg"] "(fun _ -> assert false)".
Extract Inductive nat => "int" ["0" "succ"] "(fun o s n -> if n = 0 then o () else s (n - 1))".
Extract Inlined Constant Z.add => "Zint.add".
Extract Inlined Constant Z.sub => "Zint.sub".
Extract Inlined Constant Z.mul => "Zint.mul".
Extract Inlined Constant Z.opp => "Zint.neg".
Extract Inlined Constant Z.eqb => "Zint.equal".
Extract Inlined Constant Z.leb => "Zint.leq".
Extract Inlined Constant Z.ltb => "Zint.lt".
Extract Inlined Constant Z.gcd => "Zint.gcd".
Extract Inlined Constant Z.div => "Zint.fdiv".
Extract Inlined Constant Nat.ltb => "(fun (m : int) n -> m < n)".
Extract Inlined Constant Nat.eqb => "Int.equal".
Extract Inlined Constant length => "List.length".
Extraction "kernel.ml" check stay check_chain without_inputs check_class_path check_regions.
