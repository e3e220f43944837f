(* What the theorems are about that speak of no path of networks: matrices of full rank, and regions of inputs. To be read, as Net.v. *)
Require Import Reals Net.
Open Scope R_scope.

(* A row of inputs is a matrix too, of one row. On the straight line through two of them: *)
Definition straight_to (A B : mat) (t : R) : mat := fun i j => (1 - t) * A i j + t * B i j.

(* Definition 2.6, of matrices: two points are joined in a set by a continuous curve. *)
Definition joined (set : mat -> Prop) (A B : mat) : Prop :=
  exists r : R -> mat, (forall i j, continuity (fun t => r t i j)) /\ r 0 = A /\ r 1 = B /\ forall t, 0 <= t <= 1 -> set (r t).

(* Proposition 3.5 is about "the set of full rank matrices": n x p matrices whose columns are independent, or their rows if n < p. *)
Definition independent_columns (n p : nat) (A : mat) : Prop :=
  forall v : nat -> R, (forall i, (i < n)%nat -> sum p (fun j => A i j * v j) = 0) -> forall j, (j < p)%nat -> v j = 0.
Definition full_rank (n p : nat) (A : mat) : Prop :=
  if (n <? p)%nat then independent_columns p n (fun i j => A j i) else independent_columns n p A.

(* "Decision region": the inputs x at which class j of o wins, f_j(x) > f_k(x) for all k <> j. *)
Definition wins_at (o j : nat) (F : mat) : Prop := forall k, (k < o)%nat -> k <> j -> F O k < F O j.
Definition region (sigma : R -> R) (ws : list nat) (o : nat) (net : params) (j : nat) : mat -> Prop :=
  fun x => wins_at o j (output sigma ws x net).
(* It is connected: any two of its points are joined in it. *)
Definition connected (set : mat -> Prop) : Prop := forall x y, set x -> set y -> joined set x y.
