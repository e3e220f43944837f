(* Log-sum-exp: it is convex, and what is computed encloses it. *)
Require Import Reals List ZArith Bool Lra Lia Net Moves Check Sound.
Import ListNotations.
Open Scope R_scope.

Lemma sum_le : forall n f g, (forall k, (k < n)%nat -> f k <= g k) -> sum n f <= sum n g.
Proof.
  induction n; simpl; intros f g H; [lra|]. apply Rplus_le_compat; [apply H; lia|]. apply IHn. intros. apply H. lia.
Qed.
Section Exp.
Variables ex lg : R -> R.
Hypothesis IE : is_exp ex lg.
Lemma ex_sum x y : ex (x + y) = ex x * ex y.
Proof. apply IE. Qed.
Lemma ex_above x : 1 + x <= ex x.
Proof. apply IE. Qed.
Lemma lg_ex x : lg (ex x) = x.
Proof. apply IE. Qed.
Lemma ex_lg z : 0 < z -> ex (lg z) = z.
Proof. apply IE. Qed.
Lemma ex_0 : ex 0 = 1.
Proof. assert (S := ex_sum 0 0). rewrite Rplus_0_r in S. assert (A := ex_above 0). nra. Qed.
Lemma ex_inv x : ex x * ex (- x) = 1.
Proof. rewrite <- ex_sum, Rplus_opp_r. apply ex_0. Qed.
Lemma ex_pos x : 0 < ex x.
Proof.
  replace x with (x / 2 + x / 2) by field. rewrite ex_sum. assert (I := ex_inv (x / 2)). assert (N : ex (x / 2) <> 0) by (intros E; rewrite E in I; lra).
  destruct (Rtotal_order (ex (x / 2)) 0) as [H|[H|H]]; [nra|contradiction|nra].
Qed.
Lemma ex_opp x : ex (- x) = / ex x.
Proof. assert (P := ex_pos x). apply Rmult_eq_reg_l with (ex x); [|lra]. rewrite ex_inv. field. lra. Qed.
Lemma ex_increasing x y : x < y -> ex x < ex y.
Proof. intros H. replace y with (x + (y - x)) by ring. rewrite ex_sum. assert (A := ex_above (y - x)). assert (P := ex_pos x). nra. Qed.
Lemma lg_le x y : 0 < x -> x <= y -> lg x <= lg y.
Proof. intros Hx H. destruct (Rle_dec (lg x) (lg y)) as [|N]; [assumption|]. apply Rnot_le_lt, ex_increasing in N. rewrite !ex_lg in N by lra. lra. Qed.

Definition sumexp (m : nat) (f : nat -> R) : R := sum m (fun k => ex (f k)).
Definition lse (m : nat) (f : nat -> R) : R := lg (sumexp m f).
Lemma sumexp_pos m f : (0 < m)%nat -> 0 < sumexp m f.
Proof.
  unfold sumexp. intros H. destruct m as [|m]; [lia|]. clear H. revert f. induction m as [|m IH]; intros f; simpl.
  - assert (K := ex_pos (f O)). lra.
  - specialize (IH (fun k => f (S k))). simpl in IH. assert (K := ex_pos (f O)). lra.
Qed.
Lemma sumexp_shift m f a : sum m (fun k => ex (f k - a)) = ex (- a) * sumexp m f.
Proof. unfold sumexp. rewrite <- sum_scale. apply sum_ext. intros k _. unfold Rminus. rewrite ex_sum. ring. Qed.
Lemma ln_low z : 0 < z -> 1 - / z <= lg z.
Proof. intros H. assert (K := ex_above (- lg z)). rewrite ex_opp, ex_lg in K by assumption. lra. Qed.
Lemma ln_high z : 0 < z -> lg z <= z - 1.
Proof. intros H. assert (K := ex_above (lg z)). rewrite ex_lg in K by assumption. lra. Qed.

(* For any a *)
Lemma lse_shift m f a : (0 < m)%nat -> lse m f = a + lg (sum m (fun k => ex (f k - a))).
Proof.
  intros H. rewrite sumexp_shift. assert (P := sumexp_pos m f H). unfold lse. rewrite <- (ex_lg (sumexp m f)) at 2 by assumption.
  rewrite <- ex_sum, lg_ex. ring.
Qed.

(* The gradient at f is softmax *)
Definition softmax m f k := ex (f k - lse m f).
Lemma softmax_total m f : (0 < m)%nat -> sum m (softmax m f) = 1.
Proof.
  intros H. unfold softmax. rewrite sumexp_shift. unfold lse. assert (P := sumexp_pos m f H). rewrite ex_opp, ex_lg by assumption. field. lra.
Qed.
Lemma softmax_shift m f a k : (0 < m)%nat -> softmax m f k = ex (f k - a) / sum m (fun k => ex (f k - a)).
Proof.
  intros H. unfold softmax. rewrite (lse_shift m f a H). set (z := sum m (fun k => ex (f k - a))).
  assert (P : 0 < z) by (exact (sumexp_pos m (fun k => f k - a) H)).
  replace (f k - (a + lg z)) with ((f k - a) + - lg z) by ring. rewrite ex_sum, ex_opp, ex_lg by assumption. reflexivity.
Qed.
Lemma lse_gradient m f g : (0 < m)%nat -> lse m f + sum m (fun k => softmax m f k * (g k - f k)) <= lse m g.
Proof.
  intros H. set (h := sum m (fun k => softmax m f k * (g k - f k))). set (c := lse m f + h).
  assert (P := sumexp_pos m g H). unfold lse at 1.
  assert (E : ex c <= sumexp m g).
  { apply Rmult_le_reg_l with (ex (- c)); [apply ex_pos|]. rewrite <- ex_sum. replace (- c + c) with 0 by ring. rewrite ex_0.
    rewrite <- sumexp_shift. apply Rle_trans with (sum m (fun k => (1 - h) * softmax m f k + 1 * (softmax m f k * (g k - f k)))).
    - rewrite sum_lin, softmax_total by assumption. fold h. lra.
    - apply sum_le. intros k _. replace (g k - c) with ((f k - lse m f) + (g k - f k - h)) by (unfold c; ring).
      rewrite ex_sum. fold (softmax m f k). assert (K := ex_above (g k - f k - h)).
      assert (S := ex_pos (f k - lse m f)). fold (softmax m f k) in S. nra. }
  assert (K : c <= lse m g).
  { unfold lse. rewrite <- (lg_ex c). apply lg_le; [apply ex_pos|exact E]. }
  exact K.
Qed.

(* ex from below *)
Notation sc := (IZR scale).
Lemma scale_pos : 0 < sc.
Proof. apply IZR_lt. reflexivity. Qed.
Lemma div_le_R x d : 0 < IZR d -> IZR (x / d) <= IZR x / IZR d.
Proof.
  intros H. apply Rmult_le_reg_r with (IZR d); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  rewrite <- mult_IZR. apply IZR_le. rewrite Z.mul_comm. apply Z.mul_div_le. now apply lt_IZR.
Qed.
Lemma div_lt_R x d : 0 < IZR d -> IZR x / IZR d < IZR (x / d + 1).
Proof.
  intros H. apply Rmult_lt_reg_r with (IZR d); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  rewrite <- mult_IZR. apply IZR_lt. apply lt_IZR in H. assert (K := Z.mul_succ_div_gt x d H). lia.
Qed.
Lemma squares_ok : forall k y r, (0 <= y)%Z -> IZR y / sc <= ex r ->
  (0 <= squares k y)%Z /\ IZR (squares k y) / sc <= ex (2 ^ k * r).
Proof.
  induction k as [|k IH]; intros y r Hy H; cbn [squares].
  - split; [assumption|]. simpl. now rewrite Rmult_1_l.
  - assert (P := scale_pos). destruct (IH (y * y / scale)%Z (2 * r)) as [I J].
    + apply Z.div_pos; [nia|reflexivity].
    + apply Rle_trans with (IZR (y * y) / sc / sc).
      * apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|]. now apply div_le_R.
      * rewrite mult_IZR. replace (IZR y * IZR y / sc / sc) with ((IZR y / sc) * (IZR y / sc)) by (field; lra).
        replace (2 * r) with (r + r) by ring. rewrite ex_sum. assert (0 <= IZR y / sc).
        { apply Rmult_le_pos; [now apply (IZR_le 0)|left; now apply Rinv_0_lt_compat]. }
        now apply Rmult_le_compat.
    + split; [assumption|]. replace (2 ^ S k * r) with (2 ^ k * (2 * r)) by (simpl; ring). exact J.
Qed.
Lemma parts_pow : IZR parts = 2 ^ 80.
Proof. rewrite pow_IZR. apply f_equal. reflexivity. Qed.
Lemma exp_low_ok x : (0 <= exp_low x)%Z /\ IZR (exp_low x) / sc <= ex (IZR x / sc).
Proof.
  assert (P := scale_pos). assert (Pp : 0 < IZR parts) by (apply IZR_lt; reflexivity).
  unfold exp_low. set (x' := (if x <=? highest then x else highest)%Z).
  assert (Hx : IZR x' <= IZR x) by (apply IZR_le; unfold x'; destruct (x <=? highest)%Z eqn:C; [lia|apply Z.leb_gt in C; lia]).
  destruct (scale + x' / parts <=? 0)%Z eqn:C.
  - split; [lia|]. unfold Rdiv. rewrite Rmult_0_l. left. apply ex_pos.
  - apply Z.leb_gt in C. destruct (squares_ok 80 (scale + x' / parts) (IZR x' / IZR parts / sc)) as [I J]; [lia| |].
    + rewrite plus_IZR. replace ((sc + IZR (x' / parts)) / sc) with (1 + IZR (x' / parts) / sc) by (field; lra).
      apply Rle_trans with (2 := ex_above _). apply Rplus_le_compat_l. apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|].
      now apply div_le_R.
    + split; [exact I|]. apply Rle_trans with (1 := J). rewrite <- parts_pow.
      replace (IZR parts * (IZR x' / IZR parts / sc)) with (IZR x' / sc) by (field; lra).
      assert (K : IZR x' / sc <= IZR x / sc) by (apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|assumption]).
      destruct K as [K|K]; [left; now apply ex_increasing|rewrite K; lra].
Qed.

Lemma lse_convex m t f g h : (0 < m)%nat -> 0 <= t <= 1 -> (forall k, (k < m)%nat -> h k = (1 - t) * f k + t * g k) ->
  lse m h <= (1 - t) * lse m f + t * lse m g.
Proof.
  intros Hm Ht H. assert (F := lse_gradient m h f Hm). assert (G := lse_gradient m h g Hm).
  set (a := sum m (fun k => softmax m h k * (f k - h k))) in *. set (b := sum m (fun k => softmax m h k * (g k - h k))) in *.
  assert (E : (1 - t) * a + t * b = 0).
  { unfold a, b. rewrite <- sum_lin, (sum_ext m _ (fun _ => 0)); [apply sum_0|]. intros k Hk. rewrite (H k Hk). ring. }
  nra.
Qed.

(* Rows of integers over a denominator *)
Lemma total_sum : forall u, IZR (total u) = sum (length u) (fun k => IZR (nth k u 0%Z)).
Proof. induction u as [|x u IH]; [reflexivity|]. cbn [total fold_right length sum nth]. rewrite plus_IZR. fold (total u). now rewrite IH. Qed.
Lemma dot_sum : forall u v, length v = length u -> IZR (dot u v) = sum (length u) (fun k => IZR (nth k u 0%Z) * IZR (nth k v 0%Z)).
Proof.
  induction u as [|x u IH]; intros [|y v] L; try discriminate; [reflexivity|]. cbn [dot length sum nth].
  rewrite plus_IZR, mult_IZR, IH by (simpl in L; lia). reflexivity.
Qed.
Lemma nth_map0 {A} (f : A -> Z) : forall l k a, (k < length l)%nat -> nth k (map f l) 0%Z = f (nth k l a).
Proof. intros l k a H. rewrite nth_indep with (d' := f a) by (now rewrite map_length). apply map_nth. Qed.

Definition inside (x : R) (c : R) (b : Z * Z) := IZR (fst b) <= x * c <= IZR (snd b).

Opaque scale.
Section Row.
  Variables (logs : log_hint) (d : Z).
  Hypothesis Hd : 0 < IZR d.
  Notation at_row u := (fun k => IZR (nth k u 0%Z) / IZR d).

  Lemma exps_ok a : forall u es, exps d a u = Some es -> length es = length u /\
    forall k, (k < length u)%nat -> (0 <= fst (nth k es (0, 0)))%Z /\ inside (ex (at_row u k - IZR a / sc)) sc (nth k es (0, 0)%Z).
  Proof.
    assert (P := scale_pos). induction u as [|x u IH]; intros es H; cbn [exps] in H.
    - inversion H. split; [reflexivity|]. simpl. lia.
    - destruct (exps d a u) as [es'|]; [|discriminate]. destruct (0 <? exp_low _)%Z eqn:C; [|discriminate].
      inversion H; subst es; clear H. destruct (IH es' eq_refl) as [L I]. split; [simpl; now rewrite L|].
      intros [|k] Hk; [|apply I; simpl in Hk; lia]. clear IH I. cbn [nth fst]. set (y := IZR x / IZR d - IZR a / sc).
      assert (Mono : forall p q, p <= q -> ex p <= ex q) by (intros p q [K|K]; [left; now apply ex_increasing|rewrite K; lra]).
      destruct (exp_low_ok (x * scale / d - a)) as [N1 L1]. destruct (exp_low_ok (a + - x * scale / d)) as [_ L2].
      apply pos in C. set (e := exp_low (a + - x * scale / d)) in *. split; [exact N1|]. unfold inside. cbn [fst snd]. split.
      + apply Rmult_le_reg_r with (/ sc); [now apply Rinv_0_lt_compat|]. rewrite Rmult_assoc, Rinv_r, Rmult_1_r by lra.
        apply Rle_trans with (1 := L1), Mono. unfold y. rewrite minus_IZR. unfold Rdiv. rewrite Rmult_minus_distr_r. apply Rplus_le_compat_r.
        apply Rmult_le_reg_r with sc; [assumption|]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
        apply Rle_trans with (1 := div_le_R _ _ Hd). rewrite mult_IZR. right. field. lra.
      + assert (E : IZR e / sc <= / ex y).
        { rewrite <- ex_opp. apply Rle_trans with (1 := L2), Mono. unfold y. rewrite plus_IZR.
          apply Rmult_le_reg_r with sc; [assumption|]. unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
          assert (K := div_le_R (- x * scale) d Hd). rewrite mult_IZR, opp_IZR in K.
          replace (- (IZR x / IZR d - IZR a / sc) * sc) with (IZR a + - IZR x * sc / IZR d) by (field; lra). lra. }
        assert (Ey := ex_pos y). assert (K := div_lt_R (scale * scale) e C). rewrite mult_IZR in K. left. apply Rle_lt_trans with (2 := K).
        apply Rmult_le_reg_r with (IZR e / sc / sc); [unfold Rdiv; repeat apply Rmult_lt_0_compat; try assumption; now apply Rinv_0_lt_compat|].
        replace (sc * sc / IZR e * (IZR e / sc / sc)) with 1 by (field; lra).
        replace (ex y * sc * (IZR e / sc / sc)) with (ex y * (IZR e / sc)) by (field; lra).
        rewrite <- (Rinv_r (ex y)) by lra. apply Rmult_le_compat_l; lra.
  Qed.

  (* the sum of the bounds *)
  Lemma exps_total a u es : exps d a u = Some es ->
    inside (sum (length u) (fun k => ex (at_row u k - IZR a / sc))) sc (total (map fst es), total (map snd es)).
  Proof.
    intros H. destruct (exps_ok a u es H) as [L I]. unfold inside. cbn [fst snd]. rewrite !total_sum, !map_length, L, Rmult_comm, <- sum_scale.
    split; apply sum_le; intros k Hk; destruct (I k Hk) as [_ [I1 I2]]; rewrite (nth_map0 _ es k (0, 0)%Z) by lia; lra.
  Qed.
  Lemma log_sum_ok u b : log_sum logs d u = Some b -> (0 < length u)%nat /\ inside (lse (length u) (at_row u)) sc b.
  Proof.
    unfold log_sum. cbv zeta. set (a := logs d u). intros H. destruct (exps d a u) as [es|] eqn:E; [|discriminate].
    destruct (0 <? total (map fst es))%Z eqn:C; [|discriminate]. inversion H; subst b; clear H. apply pos in C.
    assert (Lu : (0 < length u)%nat).
    { destruct u; [|simpl; lia]. simpl in E. inversion E. subst es. simpl in C. lra. }
    split; [exact Lu|]. assert (P := scale_pos). destruct (exps_total a u es E) as [I J]. cbn [fst snd] in I, J.
    rewrite (lse_shift _ _ (IZR a / sc) Lu). set (z := sum (length u) (fun k => ex (at_row u k - IZR a / sc))) in *.
    assert (Z : 0 < z) by exact (sumexp_pos _ (fun k => at_row u k - IZR a / sc) Lu).
    set (low := total (map fst es)) in *. set (high := total (map snd es)) in *. unfold inside. cbn [fst snd].
    rewrite Rmult_plus_distr_r. replace (IZR a / sc * sc) with (IZR a) by (field; lra). split.
    - assert (K := div_lt_R (scale * scale) low C). rewrite mult_IZR in K. rewrite minus_IZR, (plus_IZR a).
      assert (M := ln_low z Z). apply (Rmult_le_compat_r sc) in M; [|lra].
      assert (Q : / z * sc <= sc * sc / IZR low).
      { apply Rmult_le_reg_r with (z * IZR low / sc); [unfold Rdiv; repeat apply Rmult_lt_0_compat; try assumption; now apply Rinv_0_lt_compat|].
        replace (/ z * sc * (z * IZR low / sc)) with (IZR low) by (field; lra). replace (sc * sc / IZR low * (z * IZR low / sc)) with (z * sc) by (field; lra). exact I. }
      lra.
    - rewrite plus_IZR, minus_IZR. assert (M := ln_high z Z). apply (Rmult_le_compat_r sc) in M; lra.
  Qed.

  (* sum_j t_j (log sum exp - f_j) *)
  Variable e : Z.
  Hypothesis He : 0 < IZR e.
  Definition entropy (m : nat) (t f : nat -> R) : R := sum m (fun j => t j * (lse m f - f j)).
  Lemma entropy_linear m t f : entropy m t f = sum m t * lse m f - sum m (fun j => t j * f j).
  Proof.
    unfold entropy. rewrite (sum_ext m _ (fun j => lse m f * t j + -1 * (t j * f j))) by (intros; ring). rewrite sum_lin. ring.
  Qed.
  Notation prob t := (fun j => IZR (nth j t 0%Z) / IZR e).
  Lemma sum_over m (f : nat -> R) c : sum m (fun j => f j / c) = sum m f / c.
  Proof. unfold Rdiv. rewrite (Rmult_comm (sum m f)), <- sum_scale. apply sum_ext. intros. ring. Qed.
  Lemma entropy_row_ok u t b : length t = length u -> 0 <= IZR (total t) -> entropy_row logs e d u t = Some b ->
    (0 < length u)%nat /\ inside (entropy (length u) (prob t) (at_row u)) (IZR e * IZR d * sc) b.
  Proof.
    intros L T H. unfold entropy_row in H. cbv zeta in H. destruct (log_sum logs d u) as [c|] eqn:E; [|discriminate]. inversion H; subst b; clear H.
    destruct (log_sum_ok u c E) as [Lu [I J]]. split; [exact Lu|]. assert (P := scale_pos). unfold inside. cbn [fst snd].
    set (x := lse (length u) (at_row u)) in *.
    replace (entropy (length u) (prob t) (at_row u) * (IZR e * IZR d * sc)) with (IZR (total t) * IZR d * (x * sc) - IZR (dot t u) * sc).
    2:{ rewrite entropy_linear, sum_over. fold x. rewrite dot_sum, total_sum, L by congruence.
      rewrite (sum_ext _ (fun j => prob t j * at_row u j) (fun j => (IZR (nth j t 0%Z) * IZR (nth j u 0%Z)) / (IZR e * IZR d))) by (intros; field; lra).
      rewrite sum_over. field. lra. }
    assert (Q : 0 <= IZR (total t) * IZR d) by (apply Rmult_le_pos; lra).
    rewrite !minus_IZR, !mult_IZR. split.
    - apply (Rmult_le_compat_l _ _ _ Q) in I. lra.
    - apply (Rmult_le_compat_l _ _ _ Q) in J. lra.
  Qed.
  Definition binary (m : nat) (t f : nat -> R) : R := sum m (fun j => lg (1 + ex (f j)) - t j * f j).
  Lemma entropy_of_two x y : entropy 2 (fun k => nth k [1 - y; y] 0) (fun k => nth k [0; x] 0) = lg (1 + ex x) - y * x.
  Proof.
    unfold entropy, lse, sumexp. cbn [sum nth]. rewrite ex_0. replace (1 + (ex x + 0)) with (1 + ex x) by ring. ring.
  Qed.
  Lemma two_ext x y m t f : m = 2%nat -> t O = 1 - y -> t 1%nat = y -> f O = 0 -> f 1%nat = x -> entropy m t f = lg (1 + ex x) - y * x.
  Proof.
    intros -> T0 T1 F0 F1. rewrite <- entropy_of_two. unfold entropy, lse, sumexp. cbn [sum nth]. now rewrite T0, T1, F0, F1.
  Qed.
  Lemma binary_row_ok : forall u t b, length t = length u -> binary_row logs e d u t = Some b ->
    inside (binary (length u) (prob t) (at_row u)) (IZR e * IZR d * sc) b.
  Proof.
    induction u as [|x u IH]; intros [|y t] b L H; try discriminate; cbn [binary_row] in H.
    - inversion H. unfold inside, binary. cbn [sum length fst snd]. lra.
    - destruct (entropy_row logs e d [0%Z; x] [(e - y)%Z; y]) as [p|] eqn:E; [|discriminate].
      destruct (binary_row logs e d u t) as [q|] eqn:F; [|discriminate]. inversion H; subst b; clear H.
      assert (I := IH t q ltac:(simpl in L; lia) F). apply entropy_row_ok in E; [|reflexivity|].
      + destruct E as [_ E]. rewrite (two_ext (IZR x / IZR d) (IZR y / IZR e)) in E; try reflexivity; try (cbn [nth]; rewrite ?minus_IZR; field; lra).
        unfold inside in *. cbn [fst snd]. unfold binary in *. cbn [length sum nth]. rewrite !plus_IZR, Rmult_plus_distr_r. lra.
      + cbn [total fold_right]. rewrite !plus_IZR, minus_IZR. lra.
  Qed.
End Row.

(* Slopes: what the gradient says of the way from A to B, seen from B *)
Lemma entropy_gradient m T f g : (0 < m)%nat -> 0 <= sum m T ->
  entropy m T f + sum m (fun k => softmax m f k * (sum m T * (g k - f k) - sum m (fun j => T j * (g j - f j)))) <= entropy m T g.
Proof.
  intros Hm HT. assert (K := lse_gradient m f g Hm). rewrite !entropy_linear.
  set (c := sum m (fun j => T j * (g j - f j))).
  rewrite (sum_ext m (fun k => softmax m f k * _) (fun k => sum m T * (softmax m f k * (g k - f k)) + - c * softmax m f k)) by (intros; ring).
  rewrite sum_lin, softmax_total by assumption.
  assert (E : c = sum m (fun j => T j * g j) - sum m (fun j => T j * f j)).
  { unfold c. rewrite (sum_ext m _ (fun j => 1 * (T j * g j) + -1 * (T j * f j))) by (intros; ring). rewrite sum_lin. ring. }
  apply (Rmult_le_compat_l _ _ _ HT) in K. lra.
Qed.
Lemma steps_nth a b : forall u v k, length v = length u -> (k < length u)%nat ->
  nth k (steps a b u v) 0%Z = (nth k u 0 * a - nth k v 0 * b)%Z.
Proof.
  induction u as [|x u IH]; intros [|z v] k L H; try discriminate; simpl in H; [lia|]. destruct k as [|k]; [reflexivity|].
  cbn [steps nth]. apply IH; simpl in L; lia.
Qed.
Lemma steps_length a b : forall u v, length v = length u -> length (steps a b u v) = length u.
Proof. induction u as [|x u IH]; intros [|z v] L; try discriminate; [reflexivity|]. simpl. rewrite IH; simpl in L; lia. Qed.
Lemma up_ok E : forall es D, length D = length es -> (forall k, (k < length es)%nat -> inside (E k) sc (nth k es (0, 0)%Z)) ->
  sum (length es) (fun k => E k * IZR (nth k D 0%Z)) * sc <= IZR (up es D).
Proof.
  intros es. revert E. induction es as [|e es IH]; intros E [|x D] L H; try discriminate; cbn [up length sum nth]; [lra|].
  assert (I := IH (fun k => E (S k)) D ltac:(simpl in L; lia) (fun k Hk => H (S k) ltac:(simpl; lia))). cbv beta in I.
  destruct (H O ltac:(simpl; lia)) as [H1 H2]. cbn [nth] in H1, H2. rewrite Rmult_plus_distr_r, plus_IZR. apply Rplus_le_compat; [|exact I].
  destruct (0 <=? x)%Z eqn:C; rewrite mult_IZR.
  - apply Z.leb_le, IZR_le in C. apply Rle_trans with (E O * sc * IZR x); [right; ring|]. now apply Rmult_le_compat_r.
  - apply Z.leb_gt, IZR_lt in C. apply Rle_trans with (E O * sc * IZR x); [right; ring|]. nra.
Qed.

Section Slope.
  Variables (logs : log_hint) (a b e : Z).
  Hypothesis Ha : 0 < IZR a.
  Hypothesis Hb : 0 < IZR b.
  Hypothesis He : 0 < IZR e.
  Notation row d u := (fun k => IZR (nth k u 0%Z) / IZR d).
  Lemma softmax_slope u V t q : length V = length u -> entropy_slope logs b u V t = Some q -> (0 < length u)%nat /\
    sum (length u) (fun k => softmax (length u) (row b u) k * (IZR (total t) * IZR (nth k V 0%Z) - IZR (dot t V))) * sc <= IZR (snd q).
  Proof.
    intros L H. unfold entropy_slope in H. destruct (exps b (logs b u) u) as [es|] eqn:E; [|discriminate]. cbv zeta in H.
    set (D := map (fun v => total t * v - dot t V)%Z V) in *.
    destruct (0 <? total (map fst es))%Z eqn:C; [|discriminate]. apply pos in C.
    destruct (exps_ok b Hb _ u es E) as [Le I]. destruct (exps_total b Hb _ u es E) as [T1 T2]. cbn [fst snd] in T1, T2.
    assert (Lu : (0 < length u)%nat).
    { destruct u; [|simpl; lia]. simpl in E. inversion E. subst es. simpl in C. lra. }
    split; [exact Lu|]. inversion H; subst q; clear H. cbn [snd]. set (x := up es D) in *. set (c := IZR (logs b u) / sc) in *.
    assert (U := up_ok (fun k => ex (row b u k - c)) es D ltac:(unfold D; rewrite map_length; congruence)
      (fun k Hk => proj2 (I k ltac:(rewrite <- Le; exact Hk)))). cbv beta in U. fold x in U. rewrite Le in U.
    set (z := sum (length u) (fun k => ex (row b u k - c))) in *. assert (P := scale_pos).
    assert (Z : 0 < z) by exact (sumexp_pos _ (fun k => row b u k - c) Lu).
    set (M := sum (length u) (fun k => ex (row b u k - c) * IZR (nth k D 0%Z))) in *.
    rewrite (sum_ext _ _ (fun k => / z * (ex (row b u k - c) * IZR (nth k D 0%Z)))).
    2:{ intros k Hk. rewrite (softmax_shift _ _ c _ Lu). fold z. unfold D. rewrite (nth_map0 _ V k 0%Z) by lia.
      rewrite minus_IZR, mult_IZR. unfold Rdiv. ring. }
    rewrite sum_scale. fold M. set (low := total (map fst es)) in *. set (high := total (map snd es)) in *.
    assert (Hh : 0 < IZR high) by (assert (0 < z * sc) by (now apply Rmult_lt_0_compat); lra).
    assert (Iz : 0 < / z) by (now apply Rinv_0_lt_compat).
    apply Rle_trans with (/ z * IZR x); [rewrite Rmult_assoc; apply Rmult_le_compat_l; lra|].
    destruct (x <=? 0)%Z eqn:S.
    - apply Z.leb_le, IZR_le in S. assert (K := div_le_R (- x * scale) high Hh). rewrite opp_IZR, mult_IZR, opp_IZR in *.
      assert (Q : sc / IZR high <= / z).
      { apply Rmult_le_reg_r with (z * IZR high); [now apply Rmult_lt_0_compat|].
        replace (sc / IZR high * (z * IZR high)) with (z * sc) by (field; lra). replace (/ z * (z * IZR high)) with (IZR high) by (field; lra). exact T2. }
      replace (- IZR x * sc / IZR high) with (- IZR x * (sc / IZR high)) in K by (field; lra).
      assert (- IZR x * (sc / IZR high) <= - IZR x * / z) by (apply Rmult_le_compat_l; lra). lra.
    - apply Z.leb_gt, IZR_lt in S. assert (K := div_lt_R (x * scale) low C). rewrite mult_IZR in K. left. apply Rle_lt_trans with (2 := K).
      apply Rmult_le_reg_r with (z * IZR low); [now apply Rmult_lt_0_compat|].
      replace (/ z * IZR x * (z * IZR low)) with (IZR x * IZR low) by (field; lra).
      replace (IZR x * sc / IZR low * (z * IZR low)) with (IZR x * (z * sc)) by (field; lra). apply Rmult_le_compat_l; lra.
  Qed.
  Lemma entropy_slope_ok u v t q s : length v = length u -> length t = length u -> 0 <= IZR (total t) -> s <= 1 ->
    entropy_slope logs b u (steps a b u v) t = Some q ->
    entropy (length u) (row e t) (row b u) - (1 - s) * (IZR (snd q) / (IZR e * IZR a * IZR b * sc)) <=
    entropy (length u) (row e t) (fun k => (1 - s) * row a v k + s * row b u k).
  Proof.
    intros L Lt T Hs H. assert (LV := steps_length a b u v L). destruct (softmax_slope u _ t q LV H) as [Lu K].
    assert (P := scale_pos). assert (PD : 0 < IZR e * IZR a * IZR b) by (repeat apply Rmult_lt_0_compat; assumption).
    assert (ET : sum (length u) (row e t) = IZR (total t) / IZR e) by (rewrite sum_over, total_sum, Lt; reflexivity).
    set (g := fun k => (1 - s) * row a v k + s * row b u k).
    assert (G := entropy_gradient (length u) (row e t) (row b u) g Lu). rewrite ET in G.
    specialize (G ltac:(apply Rmult_le_pos; [assumption|left; now apply Rinv_0_lt_compat])).
    apply Rle_trans with (2 := G). unfold Rminus at 1. apply Rplus_le_compat_l.
    set (V := steps a b u v) in *.
    assert (h : forall k, (k < length u)%nat -> g k - row b u k = - (1 - s) / (IZR a * IZR b) * IZR (nth k V 0%Z)).
    { intros k Hk. unfold V, g. rewrite steps_nth by assumption. rewrite minus_IZR, !mult_IZR. field. lra. }
    assert (ED : sum (length u) (fun j => row e t j * (g j - row b u j)) = - (1 - s) / (IZR e * IZR a * IZR b) * IZR (dot t V)).
    { rewrite dot_sum by congruence. rewrite Lt, <- sum_scale. apply sum_ext. intros j Hj. rewrite (h j Hj). field. lra. }
    rewrite ED. rewrite (sum_ext _ _ (fun k => - (1 - s) / (IZR e * IZR a * IZR b) *
      (softmax (length u) (row b u) k * (IZR (total t) * IZR (nth k V 0%Z) - IZR (dot t V))))).
    2:{ intros k Hk. rewrite (h k Hk). field. lra. }
    rewrite sum_scale. set (x := sum (length u) (fun k => _)) in *.
    replace (- (1 - s) / (IZR e * IZR a * IZR b) * x) with (- ((1 - s) * (x * sc / (IZR e * IZR a * IZR b * sc)))) by (field; lra).
    apply Ropp_le_contravar, Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_r; [|exact K].
    left. apply Rinv_0_lt_compat. now apply Rmult_lt_0_compat.
  Qed.
  Lemma binary_slope_ok s : s <= 1 -> forall u v t q, length v = length u -> length t = length u ->
    binary_slope logs e b u (steps a b u v) t = Some q ->
    binary (length u) (row e t) (row b u) - (1 - s) * (IZR (snd q) / (IZR e * IZR a * IZR b * sc)) <=
    binary (length u) (row e t) (fun k => (1 - s) * row a v k + s * row b u k).
  Proof.
    intros Hs. assert (P := scale_pos). induction u as [|x u IH]; intros [|z v] [|y t] q L Lt H; try discriminate; cbn [steps binary_slope] in H.
    - inversion H. unfold binary. cbn [sum length snd]. right. field. lra.
    - destruct (entropy_slope logs b [0%Z; x] [0%Z; (x * a - z * b)%Z] [(e - y)%Z; y]) as [p|] eqn:E; [|discriminate].
      destruct (binary_slope logs e b u (steps a b u v) t) as [r|] eqn:F; [|discriminate]. inversion H; subst q; clear H.
      assert (I := IH v t r ltac:(simpl in L; lia) ltac:(simpl in Lt; lia) F).
      replace [0%Z; (x * a - z * b)%Z] with (steps a b [0%Z; x] [0%Z; z]) in E by reflexivity.
      apply (entropy_slope_ok [0%Z; x] [0%Z; z] [(e - y)%Z; y] p s) in E; try reflexivity; try assumption.
      2:{ cbn [total fold_right]. rewrite !plus_IZR, minus_IZR. lra. }
      rewrite (two_ext (IZR x / IZR b) (IZR y / IZR e)) in E; try reflexivity; try (cbn [nth]; rewrite ?minus_IZR; field; lra).
      rewrite (two_ext ((1 - s) * (IZR z / IZR a) + s * (IZR x / IZR b)) (IZR y / IZR e)) in E;
        try reflexivity; try (cbn [nth]; rewrite ?minus_IZR; field; lra).
      unfold binary in *. cbn [length sum nth snd] in *. rewrite plus_IZR. unfold Rdiv in *. rewrite (Rmult_plus_distr_r (IZR (snd p))), Rmult_plus_distr_l. lra.
  Qed.
End Slope.
End Exp.

(* Sums over samples *)
Lemma weigh2_sum {A} (f : list Z -> A -> option (Z * Z)) a : forall W U V b, weigh2 f W U V = Some b ->
  length U = length W -> length V = length W ->
  exists g : nat -> Z * Z, (forall i, (i < length W)%nat -> f (nth i U []) (nth i V a) = Some (g i)) /\
    IZR (fst b) = sum (length W) (fun i => IZR (hd 0%Z (nth i W [])) * IZR (fst (g i))) /\
    IZR (snd b) = sum (length W) (fun i => IZR (hd 0%Z (nth i W [])) * IZR (snd (g i))).
Proof.
  induction W as [|w W IH]; intros [|u U] [|v V] b H LU LV; try discriminate; cbn [weigh2] in H.
  - inversion H. exists (fun _ => (0, 0)%Z). split; [simpl; lia|]. now split.
  - destruct (f u v) as [p|] eqn:E; [|discriminate]. destruct (weigh2 f W U V) as [c|] eqn:F; [|discriminate]. inversion H; subst b; clear H.
    destruct (IH U V c F ltac:(simpl in LU; lia) ltac:(simpl in LV; lia)) as (g & G & G1 & G2).
    exists (fun i => match i with O => p | S i => g i end). split; [intros [|i] Hi; [exact E|apply G; simpl in Hi; lia]|].
    cbn [fst snd length sum nth]. now rewrite !plus_IZR, !mult_IZR, G1, G2.
Qed.
