(* Curves in a set of matrices, one behind the other; and chains of straight segments of full rank. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Objects Check CheckObjects Sound Follow Walk Curve.
Import ListNotations.
Open Scope R_scope.

Lemma straight_to_0 A B : straight_to A B 0 = A.
Proof. extensionality i. extensionality j. unfold straight_to. ring. Qed.
Lemma straight_to_1 A B : straight_to A B 1 = B.
Proof. extensionality i. extensionality j. unfold straight_to. ring. Qed.
Lemma joined_straight (set : mat -> Prop) A B : (forall t, 0 <= t <= 1 -> set (straight_to A B t)) -> joined set A B.
Proof.
  intros H. exists (straight_to A B). split; [intros i j; apply cont_lerp|]. split; [apply straight_to_0|].
  split; [apply straight_to_1|exact H].
Qed.
Lemma joined_trans (set : mat -> Prop) A B C : joined set A B -> joined set B C -> joined set A C.
Proof.
  intros (r & Cr & R0 & R1 & Rt) (q & Cq & Q0 & Q1 & Qt).
  destruct (one_curve (fun m t _ => match m with O => r t | _ => q t end) 1) as (f & place & Cf & F0 & F1 & Ft & _).
  - intros [|m] _ l i j; [apply Cr|apply Cq].
  - intros [|m] Hm; [now rewrite R1, Q0|lia].
  - exists (fun t => f t O). split; [intros i j; apply Cf|]. rewrite F0, F1 by lra. split; [exact R0|]. split; [exact Q1|].
    intros t _. destruct (Ft t) as (_ & Hu & ->). destruct (fst (place t)); [now apply Rt|now apply Qt].
Qed.
Lemma joined_chain (set : mat -> Prop) : forall l A, l <> [] ->
  (forall k t, (k < length l)%nat -> 0 <= t <= 1 -> set (straight_to (nth k (A :: l) A) (nth (S k) (A :: l) A) t)) -> joined set A (last l A).
Proof.
  induction l as [|B l IH]; intros A NE H; [contradiction|]. clear NE.
  assert (J : joined set A B) by (apply joined_straight; intros t Ht; apply (H O); [simpl; lia|exact Ht]).
  destruct l as [|C l]; [exact J|]. apply (joined_trans set A B); [exact J|].
  replace (last (B :: C :: l) A) with (last (C :: l) B).
  - apply IH; [discriminate|]. intros k t Hk Ht. specialize (H (S k) t ltac:(simpl in *; lia) Ht).
    rewrite (nth_indep _ B A), (nth_indep (n := S k) _ B A) by (simpl in *; lia). exact H.
  - clear. change (last (C :: l) B = last (C :: l) A). revert C. induction l as [|D l IH]; intros C; [reflexivity|exact (IH D)].
Qed.

(* Integer matrices, the other way round *)
Lemma columns_at : forall c U i j, at_ (columns c U) i j = if (i <? c)%nat then at_ U j i else 0%Z.
Proof.
  assert (Hd : forall l, hd 0%Z l = nth 0 l 0%Z) by (intros [|]; reflexivity).
  induction c as [|c IH]; intros U i j; cbn [columns]; [now rewrite at_nil|]. destruct i as [|i].
  - change (nth j (map (hd 0%Z) U) (hd 0%Z []) = nth 0 (nth j U []) 0%Z). rewrite map_nth. apply Hd.
  - change (at_ (map (hd 0%Z) U :: columns c (map (@tl Z) U)) (S i) j) with (at_ (columns c (map (@tl Z) U)) i j).
    rewrite IH. change (S i <? S c)%nat with (i <? c)%nat. destruct (i <? c)%nat; [|reflexivity].
    unfold at_. change (@nil Z) with (tl (@nil Z)) at 1. rewrite map_nth. apply tl_nth.
Qed.

Section Chain.
  Variables n p : nat.
  Notation m := (if (n <? p)%nat then n else p).
  (* the rows, or the columns where these are more *)
  Definition tallR (A : mat) : mat := if (n <? p)%nat then fun i j => A j i else A.
  Definition many := if (n <? p)%nat then p else n.
  Lemma full_rank_tall A : independent_columns many m (tallR A) -> full_rank n p A.
  Proof. unfold full_rank, tallR, many. destruct (n <? p)%nat; tauto. Qed.
  Lemma tall_ent A i j : sized n p A = true -> ent (tall n p A) i j = if (i <? many)%nat then tallR (ent A) i j else 0.
  Proof.
    intros H. destruct (sized_inv _ _ _ H) as (P & L & _). unfold tall, tallR, many.
    destruct (n <? p)%nat.
    - unfold ent. cbn [num den]. rewrite columns_at. destruct (i <? p)%nat; [reflexivity|lra].
    - destruct (i <? n)%nat eqn:E; [reflexivity|]. apply Nat.ltb_ge in E. unfold ent, at_.
      rewrite (nth_overflow (num A)) by lia. destruct j; simpl; lra.
  Qed.
  Lemma tall_pos A : 0 < IZR (den A) -> 0 < IZR (den (tall n p A)).
  Proof. unfold tall. destruct (n <? p)%nat; trivial. Qed.
  Lemma rows_at_ent b A a j : (a < length b)%nat -> ent (rows_at b A) a j = ent A (nth a b O) j.
  Proof.
    intros H. unfold ent, rows_at, at_. cbn [num den].
    rewrite (nth_indep _ [] ((fun i => nth i (num A) []) O)) by (now rewrite map_length).
    now rewrite (map_nth (fun i => nth i (num A) [])).
  Qed.

  (* A square matrix of rows that rest has an inverse: so the columns are independent all along, and beyond. *)
  Lemma segment_sound A s t : segment_ok n p A s = true -> full_rank n p (straight_to (ent A) (ent (segment_end s)) t).
  Proof.
    unfold segment_ok. set (B := segment_end s). set (b := basis s). set (I := basis_inverse s). cbv zeta. intros H.
    band H H U. band H H E. band H H L. band H H SI. band H SA SB. apply Nat.eqb_eq in L.
    destruct (sized_inv _ _ _ SA) as (PA & _). destruct (sized_inv _ _ _ SB) as (PB & _). destruct (sized_inv _ _ _ SI) as (PI & LI & _).
    set (M := rows_at b (tall n p A)) in *.
    assert (PM : 0 < IZR (den M)) by (now apply tall_pos).
    destruct (eqQ_ent M (rows_at b (tall n p B)) PM (tall_pos _ PB) E) as [Same _].
    apply full_rank_tall. intros v Hv j Hj.
    assert (Zero : forall a, (a < m)%nat -> sum m (fun k => ent M a k * v k) = 0).
    { intros a Ha. set (r := nth a b O). destruct (r <? many)%nat eqn:Hr.
      - rewrite <- (Hv r) by (now apply Nat.ltb_lt). apply sum_ext. intros k _. f_equal.
        assert (EA : ent M a k = tallR (ent A) r k) by (unfold M; rewrite rows_at_ent, tall_ent by (assumption || lia); fold r; now rewrite Hr).
        assert (EB : ent M a k = tallR (ent B) r k) by (rewrite Same, rows_at_ent, tall_ent by (assumption || lia); fold r; now rewrite Hr).
        transitivity ((1 - t) * ent M a k + t * ent M a k); [ring|]. rewrite EA at 1. rewrite EB.
        unfold tallR, straight_to. destruct (n <? p)%nat; reflexivity.
      - rewrite (sum_ext m _ (fun _ => 0)); [apply sum_0|]. intros k _. unfold M. rewrite rows_at_ent, tall_ent by (assumption || lia).
        fold r. rewrite Hr. ring. }
    assert (Unit : forall i k, (i < m)%nat -> sum m (fun a => ent I i a * ent M a k) = delta i k).
    { intros i k Hi. rewrite <- (mulQ_ent m) by (try assumption; unfold M, rows_at; cbn [num]; rewrite map_length; lia).
      apply is_unit_ent; [|assumption|unfold mulQ; cbn [num]; rewrite map_length; lia].
      unfold mulQ. cbn [den]. rewrite mult_IZR. nra. }
    transitivity (sum m (fun k => delta j k * v k)).
    - rewrite (sum_ext m _ (fun k => v k * delta k j)); [symmetry; now apply sum_delta|].
      intros k _. unfold delta. rewrite Nat.eqb_sym. ring.
    - rewrite (sum_ext m _ (fun k => sum m (fun a => ent I j a * (ent M a k * v k)))).
      + rewrite sum_swap. rewrite (sum_ext m _ (fun _ => 0)); [apply sum_0|]. intros a Ha. rewrite sum_scale, Zero by assumption. ring.
      + intros k _. rewrite <- Unit by assumption. rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros. ring.
  Qed.
End Chain.

(* On every segment of a chain that is accepted, at every real number, the matrix has full rank; in between the first and the last
   matrix are joined by matrices of full rank. *)
Theorem chain_sound n p A l : check_chain n p A l = true ->
  let stops := map ent (A :: map segment_end l) in
  (forall k t, (k < length l)%nat -> full_rank n p (straight_to (nth k stops (ent A)) (nth (S k) stops (ent A)) t)) /\
  joined (full_rank n p) (ent A) (last stops (ent A)).
Proof.
  intros H stops. unfold check_chain in H. band H NE H. apply negb_true_iff, Nat.eqb_neq in NE.
  assert (K : forall d k t, (k < length l)%nat -> full_rank n p (straight_to (nth k stops d) (nth (S k) stops d) t)).
  { unfold stops. clear stops NE. revert A H. induction l as [|s l IH]; intros A H d k t Hk; [simpl in Hk; lia|].
    cbn [segments_ok] in H. band H H H'. destruct k as [|k]; [now apply segment_sound|].
    apply (IH (segment_end s) H' d k t). simpl in Hk. lia. }
  split; [exact (K (ent A))|]. unfold stops in *.
  destruct l as [|s l]; [simpl in NE; lia|].
  apply (joined_chain (full_rank n p) (map ent (map segment_end (s :: l)))); [discriminate|].
  intros k t Hk _. rewrite !map_length in Hk. now apply K.
Qed.
