(* What the theorems are about: networks, losses and sublevel sets, over the real numbers. Nothing here is computed. In quotation marks:
   Nguyen, "On Connected Sublevel Sets in Deep Learning" (ICML 2019). *)
Require Import Reals List ZArith.
Import ListNotations.
Open Scope R_scope.

(* A matrix is a function of row and column; sizes are said where they matter. *)
Definition mat := nat -> nat -> R.

Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => f O + sum m (fun k => f (S k)) end.

(* "F_(k-1) W_k + 1_N b_k^T": a layer is one matrix, row 0 the bias, row k + 1 the weights out of neuron k. Samples are rows of F. *)
Definition pre (n : nat) (F A : mat) : mat := fun i j => A O j + sum n (fun k => F i k * A (S k) j).

(* "Let theta := (W_l, b_l) be the set of all parameters": layer (from 0), row, column. *)
Definition params := nat -> nat -> nat -> R.

(* (1): "F_k = X for k = 0, sigma(F_(k-1) W_k + 1_N b_k^T) for 1 <= k <= L - 1, F_(L-1) W_L + 1_N b_L^T for k = L"; ws is the number of
   inputs of each layer, n_0 to n_(L-1). *)
Fixpoint output (sigma : R -> R) (ws : list nat) (F : mat) (net : params) : mat :=
  match ws with
  | [] => F
  | [n] => pre n F (net O)
  | n :: ws' => output sigma ws' (fun i j => sigma (pre n F (net O) i j)) (fun l => net (S l))
  end.

(* (2): "Phi(theta) = phi(F_L(theta)) where phi is assumed to be any convex loss": convex in the n x m entries of the output, and a
   function of nothing else (take t = 0). *)
Definition convex (n m : nat) (phi : mat -> R) : Prop :=
  forall A B C t, 0 <= t <= 1 ->
    (forall i j, (i < n)%nat -> (j < m)%nat -> C i j = (1 - t) * A i j + t * B i j) ->
    phi C <= (1 - t) * phi A + t * phi B.

(* Rational data: integers over one denominator. Entries that are not there are 0. *)
Record qmat := QM { den : Z; num : list (list Z) }.
Definition at_ (M : list (list Z)) i j : Z := nth j (nth i M []) 0%Z.
Definition ent (M : qmat) : mat := fun i j => IZR (at_ (num M) i j) / IZR (den M).

(* "The standard square loss for regression phi(F_L) = 1/2 ||F_L - Y||^2", the hinge loss, the cross-entropy of softmax with the
   probabilities T (unit rows for labels), and that of a sigmoid for each output; but for a positive factor that is the same for all
   networks (1/2, 1/V or 1/(V m)). Sample i counts w_i times. *)
Inductive loss := Square (w Y : qmat) | Hinge (w : qmat) (labels : list nat) | Entropy (w T : qmat) | Binary (w T : qmat).
(* exp and log as far as they matter: a function that turns sums into products and is at least 1 + x is exp, and log is its inverse. *)
Definition is_exp (exp log : R -> R) : Prop :=
  (forall x y, exp (x + y) = exp x * exp y) /\ (forall x, 1 + x <= exp x) /\
  (forall x, log (exp x) = x) /\ (forall z, 0 < z -> exp (log z) = z).
Definition needs_exp (l : loss) : Prop := match l with Square _ _ | Hinge _ _ => False | Entropy _ _ | Binary _ _ => True end.
Fixpoint largest (m : nat) (f : nat -> R) : R :=
  match m with O => 0 | S k => Rmax (f O) (largest k (fun j => f (S j))) end.
Definition value (exp log : R -> R) (l : loss) (n m : nat) (F : mat) : R :=
  match l with
  | Square w Y => sum n (fun i => ent w i O * sum m (fun j => (F i j - ent Y i j) * (F i j - ent Y i j)))
  | Hinge w labels => sum n (fun i => let y := nth i labels O in
      ent w i O * largest m (fun j => if (j =? y)%nat then 0 else 1 + F i j - F i y))
  | Entropy w T => sum n (fun i => ent w i O * sum m (fun j => ent T i j * (log (sum m (fun k => exp (F i k))) - F i j)))
  | Binary w T => sum n (fun i => ent w i O * sum m (fun j => log (1 + exp (F i j)) - ent T i j * F i j))
  end.

Definition real (As : list qmat) : params := fun l => ent (nth l As (QM 1 [])).

(* What is said of a layer: new weights, a new bias, both or none; of all its neurons, or of the marked ones alone, whose columns
   then stand one behind the other. What is left out stays. *)
Record change := Change { weight : option qmat; bias : option qmat; marked : option (list bool) }.
Definition stay := Change None None None.
Fixpoint place (marks : list bool) (k : nat) : option nat :=
  match marks, k with
  | [], _ => None
  | b :: _, O => if b then Some O else None
  | b :: marks', S k' => option_map (fun i => if b then S i else i) (place marks' k')
  end.
Definition set_layer (c : change) (A : mat) : mat := fun r k =>
  match match marked c with Some marks => place marks k | None => Some k end, r with
  | None, _ => A r k
  | Some i, O => match bias c with Some b => ent b O i | None => A O k end
  | Some i, S r' => match weight c with Some w => ent w r' i | None => A r k end
  end.
Definition set_layers (cs : list change) (p : params) : params := fun l => set_layer (nth l cs stay) (p l).
(* A network all of whose layers are said *)
Definition first_net (start : list change) : params := set_layers start (fun _ _ _ => 0).

(* "Piecewise linear activation functions": a x + b up to the breakpoint t, then the rest; all of them integers over one denominator. *)
Record act := Act { aden : Z; first : Z * Z; rest : list (Z * (Z * Z)) }.
Fixpoint sig (D : R) (p : Z * Z) (l : list (Z * (Z * Z))) (x : R) : R :=
  match l with
  | [] => IZR (fst p) / D * x + IZR (snd p) / D
  | (t, q) :: l' => if Rle_dec x (IZR t / D) then IZR (fst p) / D * x + IZR (snd p) / D else sig D q l' x
  end.
Definition sigma (s : act) : R -> R := sig (IZR (aden s)) (first s) (rest s).

(* What does not change from move to move; g is the inverse of sigma, if a follow needs one. *)
Record setting := Setting { sact : act; sinv : act; inputs : qmat; widths : list nat; outs : nat }.

(* Definition 2.6: a set is connected if there is for all of its points x, y a continuous curve r from [0, 1] to the set with r(0) = x
   and r(1) = y. Of two points: *)
Definition continuous (r : R -> params) : Prop := forall l i j, continuity (fun t => r t l i j).
Definition connected_in (set : params -> Prop) (x y : params) : Prop :=
  exists r, continuous r /\ r 0 = x /\ r 1 = y /\ forall t, 0 <= t <= 1 -> set (r t).
(* Definition 2.5: the sublevel set of a loss *)
Definition sublevel (loss : params -> R) (alpha : R) : params -> Prop := fun p => loss p <= alpha.
