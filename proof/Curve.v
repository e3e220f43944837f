(* Moves one behind the other are one curve, which passes their points in their order. *)
Require Import Reals List Lra Lia FunctionalExtensionality Net.
Open Scope R_scope.

(* t from 0 to 1, and the nearer end elsewhere *)
Definition clamp (t : R) : R := (Rabs t - Rabs (t - 1) + 1) / 2.
Lemma clamp_in t : 0 <= t <= 1 -> clamp t = t.
Proof. intros. unfold clamp. rewrite (Rabs_right t), (Rabs_left1 (t - 1)) by lra. field. Qed.
Lemma clamp_low t : t <= 0 -> clamp t = 0.
Proof. intros. unfold clamp. rewrite (Rabs_left1 t), (Rabs_left1 (t - 1)) by lra. field. Qed.
Lemma clamp_high t : 1 <= t -> clamp t = 1.
Proof. intros. unfold clamp. rewrite (Rabs_right t), (Rabs_right (t - 1)) by lra. field. Qed.
Lemma clamp_bounds t : 0 <= clamp t <= 1.
Proof.
  destruct (Rle_dec t 0); [rewrite clamp_low by assumption; lra|]. destruct (Rle_dec 1 t); [rewrite clamp_high by assumption; lra|].
  rewrite clamp_in; lra.
Qed.
Lemma affine_continuous a b : continuity (fun t => a * t + b).
Proof.
  apply (continuity_plus (fun t => a * t) (fun _ => b)); [|apply continuity_const; intros x y; reflexivity].
  apply (continuity_mult (fun _ => a) (fun t => t)); [apply continuity_const; intros x y; reflexivity|].
  exact (derivable_continuous id derivable_id).
Qed.
Lemma clamp_continuous : continuity clamp.
Proof.
  assert (A : forall b, continuity (fun t => Rabs (1 * t + b)))
    by (intros b; exact (continuity_comp (fun t => 1 * t + b) Rabs (affine_continuous 1 b) Rcontinuity_abs)).
  assert (K := continuity_comp (fun t => Rabs (1 * t + 0) - Rabs (1 * t + -1)) (fun t => / 2 * t + / 2)
    (continuity_minus _ _ (A 0) (A (-1))) (affine_continuous (/ 2) (/ 2))).
  replace clamp with (comp (fun t => / 2 * t + / 2) (fun t => Rabs (1 * t + 0) - Rabs (1 * t + -1))); [exact K|].
  extensionality t. unfold comp, clamp. replace (1 * t + 0) with t by ring. replace (1 * t + -1) with (t - 1) by ring. field.
Qed.

Lemma one_curve (f : nat -> R -> params) : forall n,
  (forall m, (m <= n)%nat -> continuous (f m)) -> (forall m, (m < n)%nat -> f (S m) 0 = f m 1) ->
  exists r place, continuous r /\ (forall t, t <= 0 -> r t = f O 0) /\ (forall t, 1 <= t -> r t = f n 1) /\
  (forall t, (fst (place t) <= n)%nat /\ 0 <= snd (place t) <= 1 /\ r t = f (fst (place t)) (snd (place t))) /\
  forall t t', 0 <= t -> t < t' -> t' <= 1 -> INR (fst (place t)) + snd (place t) < INR (fst (place t')) + snd (place t').
Proof.
  assert (Cl : forall m, continuous (f m) -> continuous (fun t => f m (clamp t)))
    by (intros m C l i j; exact (continuity_comp clamp (fun u => f m u l i j) clamp_continuous (C l i j))).
  induction n as [|n IH]; intros C J.
  - exists (fun t => f O (clamp t)), (fun t => (O, clamp t)). split; [apply Cl, C; lia|]. split; [intros; now rewrite clamp_low|]. split; [intros; now rewrite clamp_high|].
    split; [intros t; split; [simpl; lia|]; split; [apply clamp_bounds|reflexivity]|].
    intros t t' H0 H H1. cbn [fst snd]. rewrite !clamp_in by lra. lra.
  - destruct (IH ltac:(intros; apply C; lia) ltac:(intros; apply J; lia)) as (r & place & Cr & R0 & R1 & Rt & Order). clear IH.
    set (g := fun t => f (S n) (clamp t)).
    exists (fun t l i j => r (2 * t + 0) l i j + g (2 * t + -1) l i j - f n 1 l i j),
      (fun t => if Rle_dec t (/ 2) then place (2 * t + 0) else (S n, clamp (2 * t + -1))).
    assert (Low : forall t, t <= / 2 -> (fun l i j => r (2 * t + 0) l i j + g (2 * t + -1) l i j - f n 1 l i j) = r (2 * t + 0)).
    { intros t Ht. extensionality l. extensionality i. extensionality j. unfold g. rewrite clamp_low, J by (lra || lia). ring. }
    assert (High : forall t, / 2 <= t -> (fun l i j => r (2 * t + 0) l i j + g (2 * t + -1) l i j - f n 1 l i j) = g (2 * t + -1)).
    { intros t Ht. extensionality l. extensionality i. extensionality j. rewrite R1 by lra. ring. }
    split; [|split; [|split; [|split]]].
    + intros l i j. apply (continuity_minus (fun t => r (2 * t + 0) l i j + g (2 * t + -1) l i j) (fun _ => f n 1 l i j)).
      * apply (continuity_plus (fun t => r (2 * t + 0) l i j) (fun t => g (2 * t + -1) l i j)).
        -- exact (continuity_comp _ (fun u => r u l i j) (affine_continuous 2 0) (Cr l i j)).
        -- exact (continuity_comp _ (fun u => g u l i j) (affine_continuous 2 (-1)) (Cl (S n) (C (S n) ltac:(lia)) l i j)).
      * apply continuity_const. intros x y. reflexivity.
    + intros t Ht. cbv beta. rewrite Low by lra. apply R0. lra.
    + intros t Ht. cbv beta. rewrite High by lra. unfold g. now rewrite clamp_high by lra.
    + intros t. cbv beta. destruct (Rle_dec t (/ 2)).
      * rewrite Low by assumption. destruct (Rt (2 * t + 0)) as (Hm & Hu & E). split; [lia|]. now split.
      * rewrite High by lra. cbn [fst snd]. split; [lia|]. split; [apply clamp_bounds|reflexivity].
    + intros t t' H0 H H1. destruct (Rle_dec t (/ 2)), (Rle_dec t' (/ 2)); [apply Order; lra| |lra|].
      * destruct (Rt (2 * t + 0)) as (Hm & Hu & _). cbn [fst snd]. rewrite clamp_in, S_INR by lra. apply le_INR in Hm. lra.
      * cbn [fst snd]. rewrite !clamp_in by lra. lra.
Qed.
