(* The checker of what is no path of networks: integers and lists only. *)
Require Import List ZArith Bool Net Moves Check.
Import ListNotations.
Open Scope Z_scope.

(* A chain of straight segments of n x p matrices. On each one some rows do not move (columns, if n < p), and an inverse of the square
   matrix that they make is given. *)
Record segment := Segment { basis : list nat; basis_inverse : qmat; segment_end : qmat }.
Fixpoint columns (c : nat) (U : list (list Z)) : list (list Z) :=
  match c with O => [] | S c' => map (hd 0) U :: columns c' (map (@tl Z) U) end.
Definition tall (n p : nat) (A : qmat) : qmat := if (n <? p)%nat then QM (den A) (columns p (num A)) else A.
Definition rows_at (b : list nat) (A : qmat) : qmat := QM (den A) (map (fun i => nth i (num A) []) b).
Definition segment_ok (n p : nat) (A : qmat) (s : segment) : bool :=
  let m := if (n <? p)%nat then n else p in
  let M := rows_at (basis s) (tall n p A) in
  sized n p A && sized n p (segment_end s) && sized m m (basis_inverse s) && (length (basis s) =? m)%nat
  && eqQ M (rows_at (basis s) (tall n p (segment_end s))) && is_unit (mulQ (basis_inverse s) M).
Fixpoint segments_ok (n p : nat) (A : qmat) (l : list segment) : bool :=
  match l with [] => true | s :: l' => segment_ok n p A s && segments_ok n p (segment_end s) l' end.
Definition check_chain (n p : nat) (A : qmat) (l : list segment) : bool := negb (length l =? 0)%nat && segments_ok n p A l.

(* The network of a certificate: every layer is given. *)
Definition layers_of (ws : list nat) (start : list change) : list qmat := set_layersQ start (map (fun _ => QM 1 []) ws).

(* A chain of inputs on which class j wins. While the input goes straight the first layer's pre-activations do: they are a bias of a
   network without inputs, that moves on a line. *)
Definition without_inputs (s : act) (ws : list nat) (o : nat) : setting := Setting s s (QM 1 [[]]) (O :: tl ws) o.
Fixpoint row_wins (j k : nat) (x : Z) (u : list Z) : bool :=
  match u with [] => true | y :: u' => ((k =? j)%nat || (y <? x)) && row_wins j (S k) x u' end.
Definition wins (o j : nat) (F : qmat) : bool :=
  sized 1 o F && (j <? o)%nat && let u := nth 0 (num F) [] in row_wins j 0 (nth j u 0) u.
Definition seen_at (s : act) (ws : list nat) (As : list qmat) (x : qmat) : list qmat :=
  match As with A :: As' => red (preQ x A) :: As' | [] => [] end.
Definition way_ok (S : setting) (cuts : hint) (j : nat) (As Bs : list qmat) : bool :=
  let from := vert (sact S) (inputs S) As in
  let to := vert (sact S) (inputs S) Bs in
  let way := pieces S As Bs to 0 1 from in
  match match way [] with None => way (cuts As Bs) | vs => vs end with
  | Some vs => forallb (fun v => wins (outs S) j (out v)) (from :: vs)
  | None => false
  end.
Fixpoint ways_ok (S : setting) (cuts : hint) (j : nat) (see : qmat -> list qmat) (x : qmat) (stops : list qmat) : bool :=
  match stops with [] => true | y :: stops' => way_ok S cuts j (see x) (see y) && ways_ok S cuts j see y stops' end.
Definition check_class_path (s : act) (cuts : hint) (ws : list nat) (o : nat) (start : list change) (j : nat) (x : qmat) (stops : list qmat) : bool :=
  let As := layers_of ws start in
  match ws, As with
  | n :: _, A :: _ =>
      wf_act s && changes_ok start (map (fun _ => QM 1 []) ws) && has_rows n A && forallb (sized 1 n) (x :: stops)
      && negb (length stops =? 0)%nat && ways_ok (without_inputs s ws o) cuts j (seen_at s ws As) x stops
  | _, _ => false
  end.

(* Networks all of whose regions are connected: for the matrix of each hidden layer an L with L W = 1 modulo a q that is prime to
   the denominator of the weights; the activation rises, and strictly if there are two hidden layers or more. *)
Definition is_multiple (q x : Z) : bool := x - q * (x / q) =? 0.
Fixpoint unit_row_mod (q d : Z) (i k : nat) (u : list Z) : bool :=
  match u with [] => true | x :: u' => is_multiple q (if (i =? k)%nat then x - d else x) && unit_row_mod q d i (S k) u' end.
Fixpoint unit_mod (q d : Z) (i : nat) (U : list (list Z)) : bool :=
  match U with [] => true | u :: U' => unit_row_mod q d i 0 u && unit_mod q d (S i) U' end.
Definition rank_ok (n m : nat) (A : qmat) (rank : Z * list (list Z)) : bool :=
  let q := fst rank in
  let L := QM 1 (snd rank) in
  let W := red (tlQ A) in
  let M := mulQ L W in
  has_rows n A && (1 <? q) && (Z.gcd (den W) q =? 1) && sized m n L && sized m m M && unit_mod q (den W) 0 (num M).
Fixpoint ranks_ok (ws : list nat) (As : list qmat) (ranks : list (Z * list (list Z))) : bool :=
  match ws, As, ranks with
  | [_], [_], [] => true
  | n :: (m :: _) as ws', A :: As', rank :: ranks' => rank_ok n m A rank && ranks_ok ws' As' ranks'
  | _, _, _ => false
  end.
Definition rises (s : act) : bool := (0 <=? fst (first s)) && forallb (fun tq => 0 <=? fst (snd tq)) (rest s).
Definition check_regions (s g : act) (ws : list nat) (start : list change) (ranks : list (Z * list (list Z))) : bool :=
  wf_act s && changes_ok start (map (fun _ => QM 1 []) ws) && ranks_ok ws (layers_of ws start) ranks
  && match ranks with
     | [] => true
     | [_] => rises s
     | _ => inverses s g && wf_act g
     end.
