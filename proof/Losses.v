(* The losses that have a name: they are convex, and what is computed is their value. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Follow Entropy.
Import ListNotations.
Open Scope R_scope.

Lemma largest_ext : forall m f g, (forall j, (j < m)%nat -> f j = g j) -> largest m f = largest m g.
Proof. induction m; simpl; intros f g H; [reflexivity|]. rewrite (H O) by lia. f_equal. apply IHm. intros. apply H. lia. Qed.
Lemma largest_convex t : 0 <= t <= 1 -> forall m f g h, (forall j, (j < m)%nat -> h j <= (1 - t) * f j + t * g j) ->
  largest m h <= (1 - t) * largest m f + t * largest m g.
Proof.
  intros Ht. induction m as [|m IH]; intros f g h H; simpl; [lra|].
  assert (H0 := H O ltac:(lia)). assert (I := IH _ _ _ (fun j Hj => H (S j) ltac:(lia))). clear IH H.
  assert (A := Rmax_l (f O) (largest m (fun j => f (S j)))). assert (B := Rmax_r (f O) (largest m (fun j => f (S j)))).
  assert (C := Rmax_l (g O) (largest m (fun j => g (S j)))). assert (D := Rmax_r (g O) (largest m (fun j => g (S j)))).
  cbv beta in I. apply Rmax_lub; nra.
Qed.

(* Weights are not negative *)
Lemma weights_nth n w i : weights_ok n w = true -> (i < n)%nat ->
  0 < IZR (den w) /\ length (num w) = n /\ 0 <= IZR (hd 0%Z (nth i (num w) [])) /\ ent w i O = IZR (hd 0%Z (nth i (num w) [])) / IZR (den w).
Proof.
  unfold weights_ok, sized. intros H Hi. split_and. apply pos in H. apply Nat.eqb_eq in H2.
  rewrite forallb_forall in H0, H1. repeat split; try assumption.
  - assert (K := H0 (nth i (num w) []) ltac:(apply nth_In; lia)). rewrite forallb_forall in K.
    assert (L := H1 (nth i (num w) []) ltac:(apply nth_In; lia)). apply Nat.eqb_eq in L.
    destruct (nth i (num w) []) as [|x u]; [discriminate|]. apply (IZR_le 0). apply Z.leb_le. apply K. now left.
  - unfold ent, at_. destruct (nth i (num w) []); reflexivity.
Qed.
Lemma weight_pos n w i : weights_ok n w = true -> (i < n)%nat -> 0 <= ent w i O.
Proof.
  intros H Hi. destruct (weights_nth n w i H Hi) as (D & _ & P & ->).
  apply Rmult_le_pos; [assumption|]. left. now apply Rinv_0_lt_compat.
Qed.

Lemma weights_inv n w : weights_ok n w = true -> 0 < IZR (den w) /\ length (num w) = n.
Proof. unfold weights_ok, sized. intros H. split_and. split; [now apply pos|now apply Nat.eqb_eq]. Qed.

(* Probabilities are not negative *)
Lemma nonneg_row T i : forallb (forallb (Z.leb 0)) (num T) = true -> forall j, 0 <= IZR (nth j (nth i (num T) []) 0%Z).
Proof.
  intros H j. rewrite forallb_forall in H. destruct (Nat.lt_ge_cases i (length (num T))) as [L|L];
    [|rewrite (nth_overflow (num T)) by lia; destruct j; apply Rle_refl].
  assert (K := H (nth i (num T) []) (nth_In _ _ L)). rewrite forallb_forall in K.
  destruct (Nat.lt_ge_cases j (length (nth i (num T) []))) as [M|M]; [|rewrite nth_overflow by lia; apply Rle_refl].
  apply (IZR_le 0), Z.leb_le, K, nth_In, M.
Qed.
Lemma entropy_convex ex lg (IE : is_exp ex lg) m t T f g h : 0 <= t <= 1 -> (forall j, 0 <= T j) -> (forall j, (j < m)%nat -> h j = (1 - t) * f j + t * g j) ->
  entropy ex lg m T h <= (1 - t) * entropy ex lg m T f + t * entropy ex lg m T g.
Proof.
  intros Ht HT H. unfold entropy. rewrite <- sum_lin. apply sum_le. intros j Hj. rewrite (H j Hj).
  assert (K := lse_convex ex lg IE m t f g h ltac:(lia) Ht H). apply (Rmult_le_compat_l _ _ _ (HT j)) in K. nra.
Qed.
Lemma binary_convex ex lg (IE : is_exp ex lg) m t T f g h : 0 <= t <= 1 -> (forall j, (j < m)%nat -> h j = (1 - t) * f j + t * g j) ->
  binary ex lg m T h <= (1 - t) * binary ex lg m T f + t * binary ex lg m T g.
Proof.
  intros Ht H. unfold binary. rewrite <- sum_lin. apply sum_le. intros j Hj. rewrite (H j Hj).
  assert (K := lse_convex ex lg IE 2 t (fun k => nth k [0; f j] 0) (fun k => nth k [0; g j] 0) (fun k => nth k [0; (1 - t) * f j + t * g j] 0) ltac:(lia) Ht).
  unfold lse, sumexp in K. cbn [sum nth] in K. rewrite (ex_0 ex lg IE) in K. rewrite !Rplus_0_r in K.
  assert (E : forall k, (k < 2)%nat -> nth k [0; (1 - t) * f j + t * g j] 0 = (1 - t) * nth k [0; f j] 0 + t * nth k [0; g j] 0)
    by (intros [|[|k]] Hk; simpl; [ring|ring|lia]). specialize (K E). nra.
Qed.

Theorem value_convex ex lg l n m : (needs_exp l -> is_exp ex lg) -> loss_ok l n m = true -> convex n m (value ex lg l n m).
Proof.
  intros IE L A B C t Ht H. destruct l as [w Y|w labels|w T|w T]; cbn [value loss_ok] in *; rewrite <- sum_lin; apply sum_le; intros i Hi; cbv zeta.
  - apply andb_prop in L. destruct L as [L _]. assert (P := weight_pos n w i L Hi).
    replace ((1 - t) * _ + t * _) with (ent w i O *
      ((1 - t) * sum m (fun j => (A i j - ent Y i j) * (A i j - ent Y i j)) + t * sum m (fun j => (B i j - ent Y i j) * (B i j - ent Y i j)))) by ring.
    apply Rmult_le_compat_l; [assumption|]. rewrite <- sum_lin. apply sum_le. intros j Hj. rewrite (H i j Hi Hj).
    set (a := A i j - ent Y i j). set (b := B i j - ent Y i j).
    replace ((1 - t) * A i j + t * B i j - ent Y i j) with ((1 - t) * a + t * b) by (unfold a, b; ring).
    assert (0 <= t * (1 - t) * ((a - b) * (a - b))) by (apply Rmult_le_pos; [nra|apply Rle_0_sqr]). nra.
  - apply andb_prop in L. destruct L as [L Ly]. apply andb_prop in L. destruct L as [L Ll]. apply Nat.eqb_eq in Ll.
    assert (P := weight_pos n w i L Hi). set (y := nth i labels O).
    assert (Hy : (y < m)%nat) by (rewrite forallb_forall in Ly; apply Nat.ltb_lt, Ly, nth_In; lia).
    match goal with |- _ <= (1 - t) * (_ * ?a) + t * (_ * ?b) => replace ((1 - t) * (ent w i O * a) + t * (ent w i O * b)) with (ent w i O * ((1 - t) * a + t * b)) by ring end.
    apply Rmult_le_compat_l; [assumption|]. apply largest_convex; [assumption|]. intros j Hj.
    destruct (j =? y)%nat; [lra|]. rewrite (H i j Hi Hj), (H i y Hi Hy). lra.
  - band L L NT. band L Lw LT. assert (P := weight_pos n w i Lw Hi). assert (D : 0 < IZR (den T)) by (unfold sized in LT; split_and; now apply pos).
    assert (K := entropy_convex ex lg (IE I) m t (ent T i) (A i) (B i) (C i) Ht (fun j => Rmult_le_pos _ _ (nonneg_row T i NT j) (Rlt_le _ _ (Rinv_0_lt_compat _ D))) (fun j Hj => H i j Hi Hj)).
    unfold entropy, lse, sumexp in K. apply (Rmult_le_compat_l _ _ _ P) in K. lra.
  - apply andb_prop in L. destruct L as [Lw _]. assert (P := weight_pos n w i Lw Hi).
    assert (K := binary_convex ex lg (IE I) m t (ent T i) (A i) (B i) (C i) Ht (fun j Hj => H i j Hi Hj)).
    unfold binary in K. apply (Rmult_le_compat_l _ _ _ P) in K. lra.
Qed.

(* A sum over samples, as it is computed *)
Lemma weigh_sum {A} (f : list Z -> A -> Z) a : forall W U V, length U = length W -> length V = length W ->
  IZR (weigh f W U V) = sum (length W) (fun i => IZR (hd 0%Z (nth i W [])) * IZR (f (nth i U []) (nth i V a))).
Proof.
  induction W as [|w W IH]; intros [|u U] [|v V] LU LV; try discriminate; [reflexivity|].
  cbn [weigh length sum nth]. rewrite plus_IZR, mult_IZR, IH by (simpl in *; lia). reflexivity.
Qed.
Lemma square_row_sum a b : 0 < IZR a -> 0 < IZR b -> forall u v, length v = length u ->
  IZR (square_row a b u v) / ((IZR a * IZR b) * (IZR a * IZR b)) =
  sum (length u) (fun j => (IZR (nth j u 0%Z) / IZR a - IZR (nth j v 0%Z) / IZR b) * (IZR (nth j u 0%Z) / IZR a - IZR (nth j v 0%Z) / IZR b)).
Proof.
  intros Ha Hb. induction u as [|x u IH]; intros [|y v] L; try discriminate; cbn [square_row length sum nth]; [field; lra|].
  rewrite <- IH by (simpl in L; lia). rewrite plus_IZR, mult_IZR, minus_IZR, !mult_IZR. field. lra.
Qed.
Lemma Rmax_div a b d : 0 < d -> Rmax (a / d) (b / d) = Rmax a b / d.
Proof.
  intros H. assert (I := Rinv_0_lt_compat d H). unfold Rmax, Rdiv. destruct (Rle_dec a b), (Rle_dec (a * / d) (b * / d)); try reflexivity; exfalso.
  - apply n. now apply Rmult_le_compat_r; [left|].
  - apply n. apply Rmult_le_reg_r with (/ d); assumption.
Qed.
Lemma hinge_row_largest d x y : 0 < IZR d -> forall u j,
  IZR (hinge_row d x y j u) / IZR d =
  largest (length u) (fun k => if (j + k =? y)%nat then 0 else 1 + IZR (nth k u 0%Z) / IZR d - IZR x / IZR d).
Proof.
  intros Hd. induction u as [|v u IH]; intros j; cbn [hinge_row length largest nth]; [field; lra|]. cbv zeta.
  rewrite (largest_ext _ _ (fun k => if (S j + k =? y)%nat then 0 else 1 + IZR (nth k u 0%Z) / IZR d - IZR x / IZR d))
    by (intros k _; now rewrite <- plus_n_Sm).
  rewrite <- IH. rewrite Nat.add_0_r. set (b := hinge_row d x y (S j) u).
  set (a := if (j =? y)%nat then 0%Z else (d + v - x)%Z).
  replace (if (j =? y)%nat then 0 else 1 + IZR v / IZR d - IZR x / IZR d) with (IZR a / IZR d).
  - rewrite Rmax_div by assumption. f_equal. unfold Rmax. destruct (Rle_dec (IZR a) (IZR b)) as [L|L], (a <=? b)%Z eqn:E; try reflexivity.
    + apply le_IZR, Z.leb_le in L. congruence.
    + apply Z.leb_le, IZR_le in E. contradiction.
  - unfold a. destruct (j =? y)%nat; [field; lra|]. rewrite minus_IZR, plus_IZR. field. lra.
Qed.

Lemma sized_row r c M i : sized r c M = true -> (i < r)%nat -> length (nth i (num M) []) = c.
Proof.
  unfold sized. intros H Hi. split_and. apply Nat.eqb_eq in H1. rewrite forallb_forall in H0. apply Nat.eqb_eq, H0, nth_In. lia.
Qed.
Lemma sized_den r c M : sized r c M = true -> 0 < IZR (den M) /\ length (num M) = r.
Proof. unfold sized. intros H. split_and. split; [now apply pos|now apply Nat.eqb_eq]. Qed.

Lemma exactly x d v lo hi e : Some (x, x, d) = Some (lo, hi, e) -> 0 < IZR d /\ v = IZR x / IZR d ->
  0 < IZR e /\ IZR lo / IZR e <= v <= IZR hi / IZR e.
Proof. intros H [P ->]. inversion H; subst. split; [assumption|]. split; apply Rle_refl. Qed.
Lemma enclosed c v d lo hi : 0 < d -> lo <= v * d <= hi -> 0 < c -> lo / (c * d) <= / c * v <= hi / (c * d).
Proof.
  intros Hd [H1 H2] Hc. assert (P : 0 < / (c * d)) by (apply Rinv_0_lt_compat; now apply Rmult_lt_0_compat).
  assert (E : / c * v = v * d * / (c * d)) by (field; lra). unfold Rdiv. rewrite E. split; apply Rmult_le_compat_r; lra.
Qed.
Theorem valueQ_ok ex lg logs l n m F lo hi d : (needs_exp l -> is_exp ex lg) -> loss_ok l n m = true -> sized n m F = true -> valueQ logs l F = Some (lo, hi, d) ->
  0 < IZR d /\ IZR lo / IZR d <= value ex lg l n m (ent F) <= IZR hi / IZR d.
Proof.
  intros NE L HF H. destruct (sized_den _ _ _ HF) as [DF LF].
  destruct l as [w Y|w labels|w T|w T]; cbn [value valueQ loss_ok] in *; cbv zeta in H.
  - apply (exactly _ _ _ _ _ _ H). clear H lo hi d. apply andb_prop in L. destruct L as [Lw LY]. destruct (sized_den _ _ _ LY) as [DY NY].
    assert (DW : 0 < IZR (den w) /\ length (num w) = n) by (unfold weights_ok in Lw; split_and; now apply sized_den in H).
    destruct DW as [DW NW]. split; [rewrite !mult_IZR; assert (0 < IZR (den F) * IZR (den Y)) by nra; apply Rmult_lt_0_compat; nra|].
    rewrite (weigh_sum _ []) by congruence. rewrite NW, !mult_IZR.
    transitivity (sum n (fun i => / (IZR (den w) * (IZR (den F) * IZR (den Y) * (IZR (den F) * IZR (den Y)))) *
      (IZR (hd 0%Z (nth i (num w) [])) * IZR (square_row (den F) (den Y) (nth i (num F) []) (nth i (num Y) [])))));
      [|rewrite sum_scale; unfold Rdiv; ring].
    apply sum_ext. intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->).
    assert (R := square_row_sum (den F) (den Y) DF DY (nth i (num F) []) (nth i (num Y) [])).
    rewrite (sized_row n m F i HF Hi), (sized_row n m Y i LY Hi) in R. specialize (R eq_refl).
    unfold ent, at_. cbv beta in R. rewrite <- R. field. lra.
  - apply (exactly _ _ _ _ _ _ H). clear H lo hi d. apply andb_prop in L. destruct L as [L Ly]. apply andb_prop in L. destruct L as [Lw Ll]. apply Nat.eqb_eq in Ll.
    assert (DW : 0 < IZR (den w) /\ length (num w) = n) by (unfold weights_ok in Lw; split_and; now apply sized_den in H).
    destruct DW as [DW NW]. split; [rewrite !mult_IZR; nra|].
    rewrite (weigh_sum _ O) by congruence. rewrite NW, !mult_IZR.
    transitivity (sum n (fun i => / (IZR (den w) * IZR (den F)) * (IZR (hd 0%Z (nth i (num w) [])) *
      IZR (hinge_row (den F) (nth (nth i labels O) (nth i (num F) []) 0%Z) (nth i labels O) 0 (nth i (num F) [])))));
      [|rewrite sum_scale; unfold Rdiv; ring].
    apply sum_ext. intros i Hi. cbv zeta. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->).
    assert (R := hinge_row_largest (den F) (nth (nth i labels O) (nth i (num F) []) 0%Z) (nth i labels O) DF (nth i (num F) []) O).
    rewrite (sized_row n m F i HF Hi) in R. unfold ent, at_. cbn [Nat.add] in R. rewrite <- R. field. lra.
  - band L L NT. band L Lw LT. destruct (sized_den _ _ _ LT) as [DT NT']. destruct (weights_inv n w Lw) as [DW NW].
    destruct (weigh2 _ _ _ _) as [[x y]|] eqn:E; [|discriminate]. inversion H; subst lo hi d; clear H.
    destruct (weigh2_sum _ [] _ _ _ _ E) as (g & G & G1 & G2); [congruence|congruence|]. rewrite NW in G, G1, G2. cbn [fst snd] in G1, G2.
    assert (PD : 0 < IZR (den T) * IZR (den F) * IZR scale) by exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ DT DF) scale_pos).
    split; [rewrite !mult_IZR; now apply Rmult_lt_0_compat|]. rewrite !(mult_IZR (den w)), !mult_IZR.
    rewrite (sum_ext n _ (fun i => / IZR (den w) * (IZR (hd 0%Z (nth i (num w) [])) * entropy ex lg m (ent T i) (ent F i)))).
    2:{ intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->). unfold Rdiv, entropy, lse, sumexp. ring. }
    rewrite sum_scale. apply enclosed; try assumption. rewrite G1, G2, Rmult_comm, <- sum_scale.
    split; apply sum_le; intros i Hi; destruct (weights_nth n w i Lw Hi) as (_ & _ & W & _);
      destruct (entropy_row_ok ex lg (NE I) logs (den F) DF (den T) DT (nth i (num F) []) (nth i (num T) []) (g i)) as [_ [J0 J1]];
      try (now apply G); try (rewrite (sized_row n m F i HF Hi); apply (sized_row n m T i LT Hi));
      try (rewrite total_sum, <- (sum_0 (length (nth i (num T) []))); apply sum_le; intros k _; apply (nonneg_row T i NT k));
      rewrite (sized_row n m F i HF Hi) in J0, J1;
      [apply (Rmult_le_compat_l _ _ _ W) in J0; apply Rle_trans with (1 := J0)|apply (Rmult_le_compat_l _ _ _ W) in J1; apply Rle_trans with (2 := J1)];
      right; unfold ent, at_; ring.
  - band L Lw LT. destruct (sized_den _ _ _ LT) as [DT NT']. destruct (weights_inv n w Lw) as [DW NW].
    destruct (weigh2 _ _ _ _) as [[x y]|] eqn:E; [|discriminate]. inversion H; subst lo hi d; clear H.
    destruct (weigh2_sum _ [] _ _ _ _ E) as (g & G & G1 & G2); [congruence|congruence|]. rewrite NW in G, G1, G2. cbn [fst snd] in G1, G2.
    assert (PD : 0 < IZR (den T) * IZR (den F) * IZR scale) by exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ DT DF) scale_pos).
    split; [rewrite !mult_IZR; now apply Rmult_lt_0_compat|]. rewrite !(mult_IZR (den w)), !mult_IZR.
    rewrite (sum_ext n _ (fun i => / IZR (den w) * (IZR (hd 0%Z (nth i (num w) [])) * binary ex lg m (ent T i) (ent F i)))).
    2:{ intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->). unfold Rdiv, binary. ring. }
    rewrite sum_scale. apply enclosed; try assumption. rewrite G1, G2, Rmult_comm, <- sum_scale.
    split; apply sum_le; intros i Hi; destruct (weights_nth n w i Lw Hi) as (_ & _ & W & _);
      destruct (binary_row_ok ex lg (NE I) logs (den F) DF (den T) DT (nth i (num F) []) (nth i (num T) []) (g i)) as [J0 J1];
      try (now apply G); try (rewrite (sized_row n m F i HF Hi); apply (sized_row n m T i LT Hi));
      rewrite (sized_row n m F i HF Hi) in J0, J1;
      [apply (Rmult_le_compat_l _ _ _ W) in J0; apply Rle_trans with (1 := J0)|apply (Rmult_le_compat_l _ _ _ W) in J1; apply Rle_trans with (2 := J1)];
      right; unfold ent, at_; ring.
Qed.

(* What is found of a list of vertices *)
Theorem bounded_by_sound ex lg logs l n m ends vs : (needs_exp l -> is_exp ex lg) -> bounded_by logs l n m ends vs = true -> (forall e, In e ends -> In e vs) ->
  convex n m (value ex lg l n m) /\
  forall u, In u vs -> exists e, In e ends /\ value ex lg l n m (ent (out u)) <= value ex lg l n m (ent (out e)).
Proof.
  unfold bounded_by. intros NE H E. split_and. split; [now apply value_convex|]. intros u Hu.
  rewrite forallb_forall in H0, H1. specialize (H0 u Hu). unfold at_most in H0. apply existsb_exists in H0.
  destruct H0 as (b & Hb & K). apply in_map_iff in Hb. destruct Hb as (e & <- & He). exists e. split; [assumption|].
  assert (Su := H1 u Hu). assert (Se := H1 e (E e He)). cbn [with_value fst snd] in K. apply orb_prop in K. destruct K as [K|K].
  - destruct (sized_den _ _ _ Su) as [Du _], (sized_den _ _ _ Se) as [De _]. destruct (eqQ_ent _ _ Du De K) as [EE _]. right. f_equal. extensionality i. extensionality j. apply EE.
  - unfold with_value in K. cbn [fst snd] in K.
    destruct (valueQ logs l (out u)) as [[[x y] d]|] eqn:U; [|discriminate]. destruct (valueQ logs l (out e)) as [[[z t] c]|] eqn:V; [|discriminate].
    destruct (valueQ_ok ex lg logs l n m _ _ _ _ NE H Su U) as [P [_ Q]]. destruct (valueQ_ok ex lg logs l n m _ _ _ _ NE H Se V) as [P' [Q' _]].
    apply Rle_trans with (1 := Q). apply Rle_trans with (2 := Q'). now apply leb_le.
Qed.
