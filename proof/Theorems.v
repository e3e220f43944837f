(* What an accepted certificate of a path shows, in the words of Net.v alone: of the two networks that the kernel returns, and of a curve
   between them. Of single points of the path Main.v says more. What is no path has its theorems in Chain.v, ClassPath.v and
   Regions.v, in the words of Objects.v. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Walk Losses Curve Main.
Import ListNotations.
Open Scope R_scope.

Section Accepted.
  Variables (S : setting) (cuts : hint) (logs : log_hint) (start : list change) (ms : list move) (claims : list claim) (c : claim) (P Q : list qmat).
  Hypothesis accepted : check S cuts logs start ms claims = Some (c, (P, Q)).
  Hypothesis moves : ms <> [].
  Notation N := (length (num (inputs S))).
  Definition F (p : params) : mat := output (sigma (sact S)) (widths S) (ent (inputs S)) p.
  Definition named (exp log : R -> R) (l : loss) (p : params) : R := value exp log l N (outs S) (F p).
  (* a curve from P to Q *)
  Definition runs (r : R -> params) : Prop := continuous r /\ r 0 = real P /\ r 1 = real Q.

  (* Both networks are connected in every sublevel set that holds them, whatever the convex loss. *)
  Theorem for_every_convex_loss : c = Every -> forall phi, convex N (outs S) phi -> forall alpha,
    let set := sublevel (fun p => phi (F p)) alpha in set (real P) -> set (real Q) -> connected_in set (real P) (real Q).
  Proof.
    destruct (ends_sound S cuts logs start ms claims c P Q accepted) as [-> ->]. intros Ec phi Phi alpha set A B.
    exact (connected_in_sublevel_sets S cuts logs start ms claims c P Q accepted Ec moves phi Phi alpha A B).
  Qed.

  (* The same for the named loss. *)
  Theorem for_the_named_loss l : c = Connected l -> forall exp log, (needs_exp l -> is_exp exp log) -> forall alpha,
    let set := sublevel (named exp log l) alpha in set (real P) -> set (real Q) -> connected_in set (real P) (real Q).
  Proof.
    destruct (ends_sound S cuts logs start ms claims c P Q accepted) as [-> ->]. intros Ec exp log IE alpha set A B.
    apply (curve S cuts logs start ms claims c P Q accepted set moves). intros m t Hm Ht.
    apply Rle_trans with (1 := connected_sound S cuts logs start ms claims c P Q accepted l Ec exp log IE m t Hm Ht). now apply Rmax_lub.
  Qed.

  (* They are connected where the named loss is at most that of P. *)
  Theorem descends l : c = Descends l -> forall exp log, (needs_exp l -> is_exp exp log) ->
    connected_in (sublevel (named exp log l) (named exp log l (real P))) (real P) (real Q).
  Proof.
    destruct (ends_sound S cuts logs start ms claims c P Q accepted) as [-> ->]. intros Ec exp log IE.
    apply (curve S cuts logs start ms claims c P Q accepted _ moves). intros m t Hm Ht.
    exact (descends_sound S cuts logs start ms claims c P Q accepted l Ec exp log IE m t Hm Ht).
  Qed.

  Lemma along_the_curve l strictly : c = Falls l strictly -> forall exp log, (needs_exp l -> is_exp exp log) ->
    exists r, runs r /\ forall t t', 0 <= t -> t < t' -> t' <= 1 ->
      if strictly then named exp log l (r t') < named exp log l (r t) else named exp log l (r t') <= named exp log l (r t).
  Proof.
    unfold runs. destruct (ends_sound S cuts logs start ms claims c P Q accepted) as [-> ->]. intros Ec exp log IE.
    destruct (curve_of_moves S cuts logs start ms claims c P Q accepted moves) as (r & place & Cr & R0 & R1 & Rt & Order).
    exists r. split; [split; [exact Cr|split; [exact R0|apply R1; lra]]|]. intros t t' H0 H H1.
    assert (K := Order t t' H0 H H1). destruct (Rt t) as (Hm & Hu & ->), (Rt t') as (Hm' & Hu' & ->). destruct strictly.
    - exact (falls_strictly_sound S cuts logs start ms claims c P Q accepted l Ec exp log IE _ _ _ _ Hm Hm' Hu Hu' K).
    - exact (never_rises_sound S cuts logs start ms claims c P Q accepted l Ec exp log IE _ _ _ _ Hm Hm' Hu Hu' (Rlt_le _ _ K)).
  Qed.
  (* On the way the named loss never rises. *)
  Theorem never_rises l : c = Falls l false -> forall exp log, (needs_exp l -> is_exp exp log) ->
    exists r, runs r /\ forall t t', 0 <= t -> t <= t' -> t' <= 1 -> named exp log l (r t') <= named exp log l (r t).
  Proof.
    intros Ec exp log IE. destruct (along_the_curve l false Ec exp log IE) as (r & Rr & K). exists r. split; [exact Rr|].
    intros t t' H0 [H| ->] H1; [now apply K|apply Rle_refl].
  Qed.
  (* On the way the named loss falls strictly. *)
  Theorem falls_strictly l : c = Falls l true -> forall exp log, (needs_exp l -> is_exp exp log) ->
    exists r, runs r /\ forall t t', 0 <= t -> t < t' -> t' <= 1 -> named exp log l (r t') < named exp log l (r t).
  Proof. intros Ec exp log IE. exact (along_the_curve l true Ec exp log IE). Qed.

  (* From P a curve runs to infinity on which the outputs are those of P: so it stays in every sublevel set, of every loss. *)
  Theorem unbounded dir : c = Constant dir -> exists r, continuous r /\ r 0 = real P /\
    (forall t, 0 <= t -> forall i j, (i < N)%nat -> (j < outs S)%nat -> F (r t) i j = F (real P) i j) /\
    exists l i j, forall bound, exists t, 0 <= t /\ bound < Rabs (r t l i j).
  Proof.
    destruct (ends_sound S cuts logs start ms claims c P Q accepted) as [-> _]. intros Ec.
    destruct (unbounded_sound S cuts logs start ms claims c P Q accepted dir Ec moves) as (Way & Ray & l & i & j & NZ).
    set (d := set_layers dir (fun _ _ _ => 0)) in *.
    destruct (curve_of_moves S cuts logs start ms claims c P Q accepted moves) as (q & place & Cq & Q0 & Q1 & Qt & _).
    set (last := final S (first_net start) ms) in *.
    exists (fun t l i j => q t l i j + (Rabs (t - 1) + (t - 1)) / 2 * d l i j). split; [|split; [|split]].
    - intros l' i' j'. apply cont_plus; [apply Cq|]. apply cont_mult; [|apply cont_const].
      apply (cont_mult (fun t => Rabs (t - 1) + (t - 1)) (fun _ => / 2)); [|apply cont_const].
      apply cont_plus; [|apply cont_minus; [apply cont_id|apply cont_const]].
      exact (continuity_comp (fun t => t - 1) Rabs (cont_minus _ _ cont_id (cont_const 1)) Rcontinuity_abs).
    - extensionality l'. extensionality i'. extensionality j'. rewrite Q0, Rabs_left1 by lra. lra.
    - intros t Ht i' j' Hi Hj. destruct (Rle_dec t 1) as [L|L].
      + replace (fun l i j => q t l i j + (Rabs (t - 1) + (t - 1)) / 2 * d l i j) with (q t)
          by (extensionality l'; extensionality i''; extensionality j''; rewrite Rabs_left1 by lra; lra).
        destruct (Qt t) as (Hm & Hu & ->). now apply Way.
      + replace (fun l i j => q t l i j + (Rabs (t - 1) + (t - 1)) / 2 * d l i j) with (along (t - 1) last d).
        2: { extensionality l'. extensionality i''. extensionality j''. rewrite Q1, Rabs_right by lra. unfold along. field. }
        apply Ray; [lra|assumption|assumption].
    - exists l, i, j. intros bound. assert (Pos : 0 < Rabs (d l i j)) by now apply Rabs_pos_lt.
      set (s := (Rabs bound + Rabs (last l i j) + 1) / Rabs (d l i j)).
      assert (B := Rabs_pos bound). assert (B' := Rabs_pos (last l i j)). assert (Hs : 0 <= s) by (apply Rmult_le_pos; [lra|left; now apply Rinv_0_lt_compat]).
      exists (1 + s). split; [lra|]. rewrite Q1, (Rabs_right (1 + s - 1)) by lra. replace ((1 + s - 1 + (1 + s - 1)) / 2) with s by field.
      assert (T := Rabs_triang (last l i j + s * d l i j) (- last l i j)). rewrite Rabs_Ropp in T.
      replace (last l i j + s * d l i j + - last l i j) with (s * d l i j) in T by ring. rewrite Rabs_mult, (Rabs_right s) in T by lra.
      replace (s * Rabs (d l i j)) with (Rabs bound + Rabs (last l i j) + 1) in T by (unfold s; field; lra).
      assert (K := Rle_abs bound). lra.
  Qed.
End Accepted.
