(* The path itself: moves from network to network, and its points. To be read for what is said of single points of it (Main.v); what
   Theorems.v says needs Net.v alone. *)
Require Import Reals List ZArith Net.
Import ListNotations.
Open Scope R_scope.

Definition lerp (t : R) (p q : params) : params := fun l i j => (1 - t) * p l i j + t * q l i j.

(* Lemma 3.3: "[W_1; b_1^T] = [X, 1_N]^+ sigma^-1(B_1), B_l = (sigma^-1(B_(l+1)) - 1_N b_(l+1)^T) W_(l+1)^+", from layer s on in the place
   of layer 1, as a difference to where the move starts, and with any left inverses L and right inverse R. F goes into the
   layers ws of net; level j = s + depth goes straight to T; P_s(t) is what layer s has to give. *)
Section Follow.
  Variables (sg g : R -> R) (N o : nat) (T : mat) (t : R).
  Fixpoint pull (depth : nat) (ws : list nat) (F : mat) (net : params) (Ls : nat -> mat) : mat :=
    match ws with
    | [] => F
    | n :: ws' =>
        let P := pre n F (net O) in
        let F1 := fun i k => sg (P i k) in
        match ws' with
        | [] => fun i k => (1 - t) * P i k + t * T i k
        | m :: ws'' =>
            match depth with
            | O => fun i k => g ((1 - t) * F1 i k + t * T i k)
            | S d =>
                let Q := pull d ws' F1 (fun l => net (S l)) (fun l => Ls (S l)) in
                fun i k => g (F1 i k + sum (hd o ws'') (fun c => (Q i c - pre m F1 (net 1%nat) i c) * Ls O c k))
            end
        end
    end.
  Fixpoint follow (skip depth : nat) (ws : list nat) (F : mat) (net : params) (Rt : mat) (Ls : nat -> mat) (up : mat) : params :=
    match ws with
    | [] => net
    | n :: ws' =>
        let P := pre n F (net O) in
        match skip with
        | O => fun l r c =>
            match l with
            | O => if (c <? hd o ws')%nat
                   then net O r c + sum N (fun i => Rt r i * (pull depth ws F net Ls i c - P i c)) else net O r c
            | S l' => if (l' =? depth)%nat then (1 - t) * net l r c + t * up r c else net l r c
            end
        | S k => fun l =>
            match l with
            | O => net O
            | S l' => follow k depth ws' (fun i j => sg (P i j)) (fun l => net (S l)) Rt Ls up l'
            end
        end
    end.
End Follow.

(* Moves, and the path they make: the m-th move from network p, at t. Follow: the layers skip + 1 .. skip + 1 + depth. *)
Inductive move :=
  | Line (to : list change)
  | Follow (skip depth : nat) (T Rt : qmat) (Ls : list qmat) (up : change).
Definition go (S : setting) (mv : move) (p : params) (t : R) : params :=
  match mv with
  | Line to => lerp t p (set_layers to p)
  | Follow skip depth T Rt Ls up =>
      follow (sigma (sact S)) (sigma (sinv S)) (length (num (inputs S))) (outs S) (ent T) t
        skip depth (widths S) (ent (inputs S)) p (ent Rt) (real Ls) (set_layer up (p (skip + Datatypes.S depth)%nat))
  end.
Fixpoint point (S : setting) (p : params) (ms : list move) (m : nat) (t : R) : params :=
  match ms with
  | [] => p
  | mv :: ms' => match m with O => go S mv p t | S m' => point S (go S mv p 1) ms' m' t end
  end.
Definition final (S : setting) (p : params) (ms : list move) : params := fold_left (fun p mv => go S mv p 1) ms p.

(* A ray *)
Definition along (t : R) (p d : params) : params := fun l i j => p l i j + t * d l i j.
