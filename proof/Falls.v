(* A loss that never rises on the way, or falls strictly: its slope at the end of every piece shows it. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Follow FollowNet Walk Entropy Losses.
Import ListNotations.
Open Scope R_scope.

(* Only the entries that are there count. *)
Lemma convex_agree n o phi A B : convex n o phi -> agree n o A B -> phi A = phi B.
Proof.
  intros Phi H. apply Rle_antisym.
  - assert (K := Phi B B A 0 ltac:(lra) ltac:(intros i j Hi Hj; rewrite (H i j Hi Hj); ring)). lra.
  - assert (K := Phi A A B 0 ltac:(lra) ltac:(intros i j Hi Hj; rewrite (H i j Hi Hj); ring)). lra.
Qed.

(* Along a straight output a convex function that is nowhere below its end falls all the way. *)
Definition mix (t : R) (A B : mat) : mat := fun i j => (1 - t) * A i j + t * B i j.
Definition below (strictly : bool) (x y : R) : Prop := if strictly then x < y else x <= y.
Lemma below_trans b x y z : below b x y -> below b y z -> below b x z.
Proof. destruct b; simpl; lra. Qed.
Lemma falls_all_the_way b n m phi A B : convex n m phi -> (forall t, 0 <= t < 1 -> below b (phi B) (phi (mix t A B))) ->
  forall s t, 0 <= s -> s < t -> t <= 1 -> below b (phi (mix t A B)) (phi (mix s A B)).
Proof.
  intros Phi H s t Hs Hst Ht. assert (K := H s ltac:(lra)).
  assert (V : phi (mix t A B) <= (1 - (t - s) / (1 - s)) * phi (mix s A B) + (t - s) / (1 - s) * phi B).
  { apply Phi.
    - split; [apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]|].
      apply Rmult_le_reg_r with (1 - s); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
    - intros i j _ _. unfold mix. field. lra. }
  assert (0 < (t - s) / (1 - s)) by (apply Rdiv_lt_0_compat; lra).
  revert V H0. generalize ((t - s) / (1 - s)) (phi (mix t A B)) (phi (mix s A B)) (phi B) K. clear. intros u x y z K V U.
  destruct b; simpl in *; nra.
Qed.

Lemma last_indep {A} : forall (u : list A) x y z, last (x :: u) y = last (x :: u) z.
Proof. induction u as [|w u IH]; intros x y z; [reflexivity|]. exact (IH w y z). Qed.

(* The square loss *)
Lemma slope_row_sum a b d : 0 < IZR a -> 0 < IZR b -> 0 < IZR d -> forall u v y, length v = length u -> length y = length u ->
  IZR (slope_row a b d u v y) = (IZR b * IZR d) * (IZR a * IZR b) *
  sum (length u) (fun j => (IZR (nth j u 0%Z) / IZR b - IZR (nth j y 0%Z) / IZR d) * (IZR (nth j u 0%Z) / IZR b - IZR (nth j v 0%Z) / IZR a)).
Proof.
  intros Ha Hb Hd. induction u as [|p u IH]; intros [|q v] [|r y] L M; try discriminate; cbn [slope_row length sum nth]; [ring|].
  rewrite plus_IZR, IH by (simpl in *; lia). rewrite mult_IZR, !minus_IZR, !mult_IZR. field. lra.
Qed.
Lemma nth_combine {A B} (a : A) (b : B) : forall u v i, length u = length v -> nth i (combine u v) (a, b) = (nth i u a, nth i v b).
Proof. intros u v i L. now apply combine_nth. Qed.
Lemma sum_quad : forall n x y f g h, sum n (fun k => f k + x * g k + y * h k) = sum n f + x * sum n g + y * sum n h.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn. ring. Qed.
Lemma sum_pos_le n f : (forall k, (k < n)%nat -> 0 <= f k) -> 0 <= sum n f.
Proof. intros H. rewrite <- (sum_0 n). now apply sum_le. Qed.

Section Falls.
  Variables (ex lg : R -> R) (logs : log_hint) (n m : nat) (A B : qmat).
  Hypothesis SA : sized n m A = true.
  Hypothesis SB : sized n m B = true.
  Notation a := (IZR (den A)).
  Notation b := (IZR (den B)).

  Lemma square_falls w Y strictly : loss_ok (Square w Y) n m = true -> falls logs (Square w Y) strictly A B = true ->
    forall t, 0 <= t < 1 -> below strictly (value ex lg (Square w Y) n m (ent B)) (value ex lg (Square w Y) n m (mix t (ent A) (ent B))).
  Proof.
    intros L F t Ht. cbn [loss_ok] in L. apply andb_prop in L. destruct L as [Lw LY]. cbn [falls] in F. cbv zeta in F. band F F1 F2.
    destruct (sized_den _ _ _ SA) as [DA NA], (sized_den _ _ _ SB) as [DB NB], (sized_den _ _ _ LY) as [DY NY], (weights_inv n w Lw) as [DW NW].
    set (d1 := fun i => sum m (fun j => (ent B i j - ent Y i j) * (ent B i j - ent A i j))).
    set (d2 := fun i => sum m (fun j => (ent B i j - ent A i j) * (ent B i j - ent A i j))).
    (* (F - Y)^2 on the way is a quadratic *)
    assert (E : value ex lg (Square w Y) n m (mix t (ent A) (ent B)) = value ex lg (Square w Y) n m (ent B)
      + (- 2 * (1 - t)) * sum n (fun i => ent w i O * d1 i) + ((1 - t) * (1 - t)) * sum n (fun i => ent w i O * d2 i)).
    { cbn [value]. rewrite <- sum_quad. apply sum_ext. intros i Hi. unfold d1, d2.
      transitivity (ent w i O * (sum m (fun j => (ent B i j - ent Y i j) * (ent B i j - ent Y i j))
        + (- 2 * (1 - t)) * sum m (fun j => (ent B i j - ent Y i j) * (ent B i j - ent A i j))
        + ((1 - t) * (1 - t)) * sum m (fun j => (ent B i j - ent A i j) * (ent B i j - ent A i j)))); [|ring].
      rewrite <- sum_quad. f_equal. apply sum_ext. intros j Hj. unfold mix. ring. }
    assert (Z1 : sum n (fun i => ent w i O * d1 i) <= 0).
    { apply Z.leb_le, IZR_le in F1. rewrite (weigh_sum _ ([], [])) in F1; [|congruence|rewrite combine_length; lia]. rewrite NW in F1.
      assert (P : 0 < IZR (den w) * ((b * IZR (den Y)) * (a * b))) by (repeat apply Rmult_lt_0_compat; assumption).
      apply Rmult_le_reg_l with (1 := P). rewrite Rmult_0_r, <- sum_scale. apply Rle_trans with (2 := F1), Req_le, sum_ext.
      intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->). rewrite nth_combine by congruence. cbn [fst snd].
      rewrite slope_row_sum; try assumption; rewrite ?(sized_row n m A i SA Hi), ?(sized_row n m B i SB Hi), ?(sized_row n m Y i LY Hi); try reflexivity.
      unfold d1, ent, at_. field. lra. }
    assert (Z2 : 0 <= sum n (fun i => ent w i O * d2 i)).
    { apply sum_pos_le. intros i Hi. apply Rmult_le_pos; [now apply (weight_pos n)|]. apply sum_pos_le. intros. apply Rle_0_sqr. }
    rewrite E. clear E. assert (I1 : 0 <= (1 - t) * - sum n (fun i => ent w i O * d1 i)) by (apply Rmult_le_pos; lra).
    assert (Sq : 0 < (1 - t) * (1 - t)) by (apply Rmult_lt_0_compat; lra).
    destruct strictly; cbn [negb orb below] in *; [|assert (I2 := Rmult_le_pos _ _ (Rlt_le _ _ Sq) Z2); lra].
    assert (Z3 : 0 < sum n (fun i => ent w i O * d2 i)); [|assert (I2 := Rmult_lt_0_compat _ _ Sq Z3); lra].
    apply Z.ltb_lt, IZR_lt in F2. rewrite (weigh_sum _ []) in F2 by lia. rewrite NW in F2.
    assert (P : 0 < IZR (den w) * ((b * a) * (b * a))) by (repeat apply Rmult_lt_0_compat; assumption).
    apply Rmult_lt_reg_l with (1 := P). rewrite Rmult_0_r, <- sum_scale. apply Rlt_le_trans with (1 := F2), Req_le, sum_ext.
    intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->).
    assert (R := square_row_sum (den B) (den A) DB DA (nth i (num B) []) (nth i (num A) [])).
    rewrite (sized_row n m A i SA Hi), (sized_row n m B i SB Hi) in R. specialize (R eq_refl).
    unfold d2, ent, at_. rewrite <- R. field. lra.
  Qed.

  (* The hinge loss: of each sample one of the largest margins *)
  Lemma margin_row_ok y p q : 0 < a -> 0 < b -> forall u v j, length v = length u ->
    let f k := if (j + k =? y)%nat then 0 else 1 + IZR (nth k u 0%Z) / b - IZR p / b in
    let g k := if (j + k =? y)%nat then 0 else (IZR (nth k u 0%Z) / b - IZR p / b) - (IZR (nth k v 0%Z) / a - IZR q / a) in
    let vs := margin_row (den A) (den B) y j p q u v in
    IZR (fst vs) / b = largest (length u) f /\
    forall x, 0 <= x -> IZR (fst vs) / b - x * (IZR (snd vs) / (a * b)) <= largest (length u) (fun k => f k - x * g k).
  Proof.
    intros Ha Hb. induction u as [|x u IH]; intros [|z v] j L; try discriminate; intros f g vs.
    - cbn. split; [field; lra|]. intros. apply Req_le. field. lra.
    - specialize (IH v (S j) ltac:(simpl in L; lia)). cbv zeta in IH. subst vs. cbn [margin_row length largest].
      set (r := margin_row (den A) (den B) y (S j) p q u v) in *.
      set (h := if (j =? y)%nat then (0, 0)%Z else ((den B + x - p)%Z, ((x - p) * den A - (z - q) * den B)%Z)) in *.
      assert (H1 : IZR (fst h) / b = f O).
      { unfold h, f. rewrite Nat.add_0_r. destruct (j =? y)%nat; cbn [fst nth]; [field; lra|]. rewrite minus_IZR, plus_IZR. field. lra. }
      assert (H2 : IZR (snd h) / (a * b) = g O).
      { unfold h, g. rewrite Nat.add_0_r. destruct (j =? y)%nat; cbn [snd nth]; [field; lra|].
        rewrite minus_IZR, !mult_IZR, !minus_IZR. field. lra. }
      assert (E1 : forall k, f (S k) = if (S j + k =? y)%nat then 0 else 1 + IZR (nth k u 0%Z) / b - IZR p / b)
        by (intros k; unfold f; now rewrite <- plus_n_Sm).
      assert (E2 : forall k, g (S k) = if (S j + k =? y)%nat then 0 else (IZR (nth k u 0%Z) / b - IZR p / b) - (IZR (nth k v 0%Z) / a - IZR q / a))
        by (intros k; unfold g; now rewrite <- plus_n_Sm).
      destruct IH as [I1 I2].
      rewrite (largest_ext _ (fun k => f (S k)) _ (fun k _ => E1 k)), <- I1, <- H1.
      assert (I3 : forall x0, 0 <= x0 -> IZR (fst r) / b - x0 * (IZR (snd r) / (a * b)) <= largest (length u) (fun k => f (S k) - x0 * g (S k))).
      { intros x0 Hx. apply Rle_trans with (1 := I2 x0 Hx), Req_le, largest_ext. intros k _. now rewrite E1, E2. }
      clear I1 I2 E1 E2. rewrite Rmax_div by assumption. split.
      + f_equal. unfold lowest_of_largest, Rmax. destruct (fst h <? fst r)%Z eqn:C1, (Rle_dec (IZR (fst h)) (IZR (fst r))) as [C|C]; try reflexivity.
        * apply Z.ltb_lt, IZR_lt in C1. lra.
        * apply Z.ltb_ge, IZR_le in C1. destruct (fst r <? fst h)%Z; [lra|]. destruct (snd h <=? snd r)%Z; [lra|reflexivity].
        * apply Z.ltb_ge, IZR_le in C1. destruct (fst r <? fst h)%Z eqn:C2; [reflexivity|]. apply Z.ltb_ge, IZR_le in C2.
          destruct (snd h <=? snd r)%Z; [reflexivity|lra].
      + intros x0 Hx. rewrite <- H2. unfold lowest_of_largest.
        destruct (fst h <? fst r)%Z; [|destruct (fst r <? fst h)%Z; [|destruct (snd h <=? snd r)%Z]];
          try apply Rmax_l; apply Rle_trans with (1 := I3 x0 Hx), Rmax_r.
  Qed.
  Definition margin labels i := let y := nth i labels O in let u := nth i (num B) [] in let v := nth i (num A) [] in
    margin_row (den A) (den B) y 0 (nth y u 0%Z) (nth y v 0%Z) u v.
  Lemma margin_ok labels i t : t <= 1 -> (i < n)%nat ->
    let hinge F := largest m (fun j => if (j =? nth i labels O)%nat then 0 else 1 + F i j - F i (nth i labels O)) in
    hinge (ent B) - (1 - t) * (IZR (snd (margin labels i)) / (a * b)) <= hinge (mix t (ent A) (ent B)).
  Proof.
    intros Ht Hi hinge. destruct (sized_den _ _ _ SA) as [DA NA], (sized_den _ _ _ SB) as [DB NB]. set (y := nth i labels O) in *.
    assert (R := margin_row_ok y (nth y (nth i (num B) []) 0%Z) (nth y (nth i (num A) []) 0%Z) DA DB (nth i (num B) []) (nth i (num A) []) O).
    rewrite (sized_row n m A i SA Hi), (sized_row n m B i SB Hi) in R. specialize (R eq_refl). cbv zeta in R. cbn [Nat.add] in R.
    destruct R as [R1 R2]. specialize (R2 (1 - t) ltac:(lra)). fold (margin labels i) in R1, R2. rewrite R1 in R2.
    apply Rle_trans with (1 := R2), Req_le, largest_ext. intros j _. unfold mix, ent, at_. destruct (j =? y)%nat; field; lra.
  Qed.
  Lemma hinge_falls w labels strictly : loss_ok (Hinge w labels) n m = true -> falls logs (Hinge w labels) strictly A B = true ->
    forall t, 0 <= t < 1 -> below strictly (value ex lg (Hinge w labels) n m (ent B)) (value ex lg (Hinge w labels) n m (mix t (ent A) (ent B))).
  Proof.
    intros L F t Ht. cbn [loss_ok] in L. band L L Ly. band L Lw Ll. apply Nat.eqb_eq in Ll. cbn [falls] in F. cbv zeta in F.
    destruct (sized_den _ _ _ SA) as [DA NA], (sized_den _ _ _ SB) as [DB NB], (weights_inv n w Lw) as [DW NW].
    set (slope := sum n (fun i => ent w i O * (IZR (snd (margin labels i)) / (a * b)))).
    assert (V : value ex lg (Hinge w labels) n m (ent B) + - (1 - t) * slope <= value ex lg (Hinge w labels) n m (mix t (ent A) (ent B))).
    { cbn [value]. unfold slope. cbv zeta. rewrite <- (Rmult_1_l (sum n _)) at 1. rewrite <- sum_lin. apply sum_le. intros i Hi.
      assert (M := margin_ok labels i t ltac:(lra) Hi). cbv zeta in M. assert (P := weight_pos n w i Lw Hi).
      apply Rle_trans with (2 := Rmult_le_compat_l _ _ _ P M), Req_le. ring. }
    assert (E : forall f, f = weigh (fun u (vy : list Z * nat) => snd (margin_row (den A) (den B) (snd vy) 0 (nth (snd vy) u 0%Z)
        (nth (snd vy) (fst vy) 0%Z) u (fst vy))) (num w) (num B) (combine (num A) labels) -> slope = IZR f / (IZR (den w) * (a * b))).
    { intros f ->. rewrite (weigh_sum _ ([], O)); [|congruence|rewrite combine_length; lia]. rewrite NW.
      transitivity (/ (IZR (den w) * (a * b)) * sum n (fun i => IZR (hd 0%Z (nth i (num w) [])) * IZR (snd (margin labels i)))).
      - rewrite <- sum_scale. apply sum_ext. intros i Hi. destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->). field. lra.
      - unfold Rdiv. rewrite Rmult_comm. f_equal. apply sum_ext. intros i Hi. rewrite nth_combine by congruence. reflexivity. }
    specialize (E _ eq_refl). assert (P : 0 < / (IZR (den w) * (a * b))) by (apply Rinv_0_lt_compat; repeat apply Rmult_lt_0_compat; assumption).
    destruct strictly; cbn [below].
    - apply Z.ltb_lt, IZR_lt in F. assert (slope < 0) by (rewrite E; unfold Rdiv; nra). nra.
    - apply Z.leb_le, IZR_le in F. assert (slope <= 0) by (rewrite E; unfold Rdiv; nra). nra.
  Qed.

  (* The cross-entropies: the gradient at B *)
  Lemma negative_falls (strictly : bool) q v0 v1 t : t < 1 -> v0 + - (1 - t) * q <= v1 -> (if strictly then q < 0 else q <= 0) -> below strictly v0 v1.
  Proof. intros Ht H Q. destruct strictly; simpl; nra. Qed.
  Lemma sum_below w (f g : nat -> R) (x : nat -> Z * Z) c t q : weights_ok n w = true -> 0 < c ->
    IZR q = sum n (fun i => IZR (hd 0%Z (nth i (num w) [])) * IZR (snd (x i))) ->
    (forall i, (i < n)%nat -> f i - (1 - t) * (IZR (snd (x i)) / c) <= g i) ->
    sum n (fun i => ent w i O * f i) + - (1 - t) * (IZR q / (IZR (den w) * c)) <= sum n (fun i => ent w i O * g i).
  Proof.
    intros Lw Hc Q H. destruct (weights_inv n w Lw) as [DW _].
    assert (E : IZR q / (IZR (den w) * c) = sum n (fun i => ent w i O * (IZR (snd (x i)) / c))).
    { rewrite Q. unfold Rdiv at 1. rewrite Rmult_comm, <- sum_scale. apply sum_ext. intros i Hi.
      destruct (weights_nth n w i Lw Hi) as (_ & _ & _ & ->). field. lra. }
    rewrite E. rewrite <- (Rmult_1_l (sum n (fun i => ent w i O * f i))), <- sum_lin. apply sum_le. intros i Hi.
    apply Rle_trans with (2 := Rmult_le_compat_l _ _ _ (weight_pos n w i Lw Hi) (H i Hi)). right. ring.
  Qed.
  Lemma entropy_falls (IE : is_exp ex lg) w T strictly : loss_ok (Entropy w T) n m = true -> falls logs (Entropy w T) strictly A B = true ->
    forall t, 0 <= t < 1 -> below strictly (value ex lg (Entropy w T) n m (ent B)) (value ex lg (Entropy w T) n m (mix t (ent A) (ent B))).
  Proof.
    intros L F t Ht. cbn [loss_ok] in L. band L L NT. band L Lw LT. cbn [falls] in F. cbv zeta in F.
    destruct (sized_den _ _ _ SA) as [DA NA], (sized_den _ _ _ SB) as [DB NB], (sized_den _ _ _ LT) as [DT NT'], (weights_inv n w Lw) as [DW NW].
    match type of F with (match ?x with Some _ => _ | None => _ end) = true => destruct x as [q|] eqn:E; [|discriminate] end.
    destruct (weigh2_sum _ ([] : list Z, [] : list Z) _ _ _ _ E) as (g & G & _ & G2); [congruence|rewrite combine_length; lia|]. rewrite NW in G, G2.
    set (c := IZR (den T) * a * b * IZR scale).
    assert (Hc : 0 < c) by exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ DT DA) DB) scale_pos).
    apply negative_falls with (IZR (snd q) / (IZR (den w) * c)) t; [lra| |].
    - cbn [value]. apply (sum_below w (fun i => entropy ex lg m (ent T i) (ent B i)) (fun i => entropy ex lg m (ent T i) (mix t (ent A) (ent B) i)) g); try assumption.
      intros i Hi. specialize (G i Hi). rewrite nth_combine in G by congruence. cbn [fst snd] in G.
      assert (K := entropy_slope_ok ex lg IE logs (den A) (den B) (den T) DA DB DT (nth i (num B) []) (nth i (num A) []) (nth i (num T) []) (g i) t).
      rewrite (sized_row n m A i SA Hi), (sized_row n m B i SB Hi), (sized_row n m T i LT Hi) in K. apply K; try reflexivity; try lra; [|exact G].
      rewrite total_sum, <- (sum_0 (length (nth i (num T) []))). apply sum_le. intros k _. apply (nonneg_row T i NT k).
    - assert (P : 0 < / (IZR (den w) * c)) by (apply Rinv_0_lt_compat; now apply Rmult_lt_0_compat). unfold Rdiv.
      destruct strictly; [apply Z.ltb_lt, IZR_lt in F|apply Z.leb_le, IZR_le in F]; nra.
  Qed.
  Lemma binary_falls (IE : is_exp ex lg) w T strictly : loss_ok (Binary w T) n m = true -> falls logs (Binary w T) strictly A B = true ->
    forall t, 0 <= t < 1 -> below strictly (value ex lg (Binary w T) n m (ent B)) (value ex lg (Binary w T) n m (mix t (ent A) (ent B))).
  Proof.
    intros L F t Ht. cbn [loss_ok] in L. band L Lw LT. cbn [falls] in F. cbv zeta in F.
    destruct (sized_den _ _ _ SA) as [DA NA], (sized_den _ _ _ SB) as [DB NB], (sized_den _ _ _ LT) as [DT NT'], (weights_inv n w Lw) as [DW NW].
    match type of F with (match ?x with Some _ => _ | None => _ end) = true => destruct x as [q|] eqn:E; [|discriminate] end.
    destruct (weigh2_sum _ ([] : list Z, [] : list Z) _ _ _ _ E) as (g & G & _ & G2); [congruence|rewrite combine_length; lia|]. rewrite NW in G, G2.
    set (c := IZR (den T) * a * b * IZR scale).
    assert (Hc : 0 < c) by exact (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ (Rmult_lt_0_compat _ _ DT DA) DB) scale_pos).
    apply negative_falls with (IZR (snd q) / (IZR (den w) * c)) t; [lra| |].
    - cbn [value]. apply (sum_below w (fun i => binary ex lg m (ent T i) (ent B i)) (fun i => binary ex lg m (ent T i) (mix t (ent A) (ent B) i)) g); try assumption.
      intros i Hi. specialize (G i Hi). rewrite nth_combine in G by congruence. cbn [fst snd] in G.
      assert (K := binary_slope_ok ex lg IE logs (den A) (den B) (den T) DA DB DT t ltac:(lra) (nth i (num B) []) (nth i (num A) []) (nth i (num T) []) (g i)).
      rewrite (sized_row n m A i SA Hi), (sized_row n m B i SB Hi), (sized_row n m T i LT Hi) in K. apply K; try reflexivity. exact G.
    - assert (P : 0 < / (IZR (den w) * c)) by (apply Rinv_0_lt_compat; now apply Rmult_lt_0_compat). unfold Rdiv.
      destruct strictly; [apply Z.ltb_lt, IZR_lt in F|apply Z.leb_le, IZR_le in F]; nra.
  Qed.
End Falls.

Lemma falls_sound ex lg logs n m l strictly A B : (needs_exp l -> is_exp ex lg) -> sized n m A = true -> sized n m B = true -> loss_ok l n m = true -> falls logs l strictly A B = true ->
  forall s t, 0 <= s -> s < t -> t <= 1 ->
  below strictly (value ex lg l n m (mix t (ent A) (ent B))) (value ex lg l n m (mix s (ent A) (ent B))).
Proof.
  intros IE SA SB L F. apply (falls_all_the_way strictly n m); [now apply value_convex|].
  destruct l; [now apply (square_falls ex lg logs)|now apply (hinge_falls ex lg logs)|now apply (entropy_falls ex lg logs _ _ _ _ SA SB (IE I))|now apply (binary_falls ex lg logs _ _ _ _ SA SB (IE I))].
Qed.

(* Lines and follows, one behind the other *)
Section Path.
  Variable S : setting.
  Notation s := (sact S).
  Notation ws := (widths S).
  Notation X := (inputs S).
  Notation o := (outs S).
  Notation N := (length (num (inputs S))).
  Variables (cuts : hint) (logs : log_hint).
  Hypothesis W : wf_act s = true.
  Hypothesis HX : 0 < IZR (den X).
  Variables (ex lg : R -> R) (l : loss) (strictly : bool).
  Hypothesis IE : needs_exp l -> is_exp ex lg.
  Hypothesis L : loss_ok l N o = true.
  Notation loss_at p := (value ex lg l N o (output (sigma s) ws (ent X) p)).
  Notation below := (below strictly).
  Notation chain := (chain_ok (fun u u' => falls logs l strictly (out u) (out u'))).
  Definition all_sized vs := forall v, In v vs -> sized N o (out v) = true.

  (* the loss of a network whose output is known *)
  Lemma at_mix p t A B : agree N o (output (sigma s) ws (ent X) p) (mix t A B) -> loss_at p = value ex lg l N o (mix t A B).
  Proof. intros H. apply (convex_agree N o); [now apply value_convex|assumption]. Qed.

  Lemma piece_falls P Q a b Cs Ds : a < b -> real Cs = lerp a P Q -> real Ds = lerp b P Q ->
    straight S (vert s X Cs) (vert s X Ds) = true -> all_sized [vert s X Cs; vert s X Ds] ->
    falls logs l strictly (out (vert s X Cs)) (out (vert s X Ds)) = true ->
    forall x y, a <= x -> x < y -> y <= b -> below (loss_at (lerp y P Q)) (loss_at (lerp x P Q)).
  Proof.
    intros Hab EC ED St Si F x y Hx Hxy Hy.
    assert (E : forall t, a <= t <= b -> loss_at (lerp t P Q) = value ex lg l N o (mix ((t - a) / (b - a)) (ent (out (vert s X Cs))) (ent (out (vert s X Ds))))).
    { intros t Ht. apply at_mix. replace (lerp t P Q) with (lerp ((t - a) / (b - a)) (real Cs) (real Ds)).
      - intros i j Hi _. apply straight_sound; try assumption. split; [apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]|].
        apply Rmult_le_reg_r with (b - a); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
      - rewrite EC, ED. unfold lerp. extensionality k. extensionality i. extensionality j. field. lra. }
    rewrite !E by lra. assert (I : 0 < / (b - a)) by (apply Rinv_0_lt_compat; lra).
    apply (falls_sound ex lg logs); try assumption; try (apply Si; simpl; tauto); unfold Rdiv; try nra.
    rewrite <- (Rinv_r (b - a)) by lra. apply Rmult_le_compat_r; lra.
  Qed.

  Lemma pieces_fall As Bs : length As = length Bs -> dens_ok As -> dens_ok Bs ->
    forall cs p q Cs vs, 0 < IZR q -> real Cs = lerp (IZR p / IZR q) (real As) (real Bs) ->
    pieces S As Bs (vert s X Bs) p q (vert s X Cs) cs = Some vs ->
    all_sized (vert s X Cs :: vs) -> chain (vert s X Cs) vs = true ->
    last vs (vert s X Cs) = vert s X Bs /\
    forall x y, IZR p / IZR q <= x -> x < y -> y <= 1 -> below (loss_at (lerp y (real As) (real Bs))) (loss_at (lerp x (real As) (real Bs))).
  Proof.
    intros LL DA DB. induction cs as [|[p' q'] cs IH]; intros p q Cs vs Hq EC H Si Ch; cbn [pieces] in H.
    - destruct ((p <? q)%Z && straight S (vert s X Cs) (vert s X Bs)) eqn:C; [|discriminate]. band C PQ St. inversion H; subst vs.
      cbn [chain_ok] in Ch. apply andb_prop in Ch. destruct Ch as [F _]. split; [reflexivity|]. apply (piece_falls _ _ _ 1 Cs Bs); try assumption; [|now rewrite lerp_1].
      apply Z.ltb_lt, IZR_lt in PQ. apply Rmult_lt_reg_r with (IZR q); [assumption|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
    - cbv zeta in H. rewrite vert_from_ok in H. set (Es := map2 (lerpQ p' q') As Bs) in *.
      destruct ((0 <? q')%Z && (p * q' <? p' * q)%Z && straight S (vert s X Cs) (vert s X Es)) eqn:C; [|discriminate].
      band C C St. band C Hq' PQ. apply pos in Hq'. apply Z.ltb_lt, IZR_lt in PQ. rewrite !mult_IZR in PQ.
      destruct (pieces S As Bs (vert s X Bs) p' q' (vert s X Es) cs) as [us|] eqn:E; [|discriminate]. inversion H; subst vs; clear H.
      cbn [chain_ok] in Ch. band Ch F Ch.
      assert (EE : real Es = lerp (IZR p' / IZR q') (real As) (real Bs)) by (apply map2_lerp; assumption).
      destruct (IH p' q' Es us Hq' EE E) as [La I]; [intros v Hv; apply Si; now right|assumption|].
      destruct (pieces_sound S W HX As Bs LL DA DB cs p' q' Es us Hq' EE E) as (_ & _ & _ & _ & Lt1 & _).
      split; [destruct us as [|v us]; [exact La|rewrite <- La; exact (last_indep us v _ _)]|].
      assert (Lt : IZR p / IZR q < IZR p' / IZR q').
      { apply Rmult_lt_reg_r with (IZR q * IZR q'); [nra|]. replace (IZR p / IZR q * (IZR q * IZR q')) with (IZR p * IZR q') by (field; lra).
        replace (IZR p' / IZR q' * (IZR q * IZR q')) with (IZR p' * IZR q) by (field; lra). assumption. }
      assert (J : forall x y, IZR p / IZR q <= x -> x < y -> y <= IZR p' / IZR q' ->
        below (loss_at (lerp y (real As) (real Bs))) (loss_at (lerp x (real As) (real Bs)))).
      { apply (piece_falls _ _ _ _ Cs Es); try assumption. intros v [<-|[<-|[]]]; apply Si; [now left|right; now left]. }
      intros x y Hx Hxy Hy. destruct (Rle_dec y (IZR p' / IZR q')); [now apply J|].
      destruct (Rle_dec (IZR p' / IZR q') x); [now apply I|].
      apply below_trans with (loss_at (lerp (IZR p' / IZR q') (real As) (real Bs))); [apply I; lra|apply J; lra].
  Qed.

  Lemma step_falls mv As v1 us : step S cuts (vert s X As) mv = Some (v1, us) ->
    all_sized (vert s X As :: us) -> chain (vert s X As) us = true ->
    last us (vert s X As) = v1 /\
    forall x y, 0 <= x -> x < y -> y <= 1 -> below (loss_at (go S mv (real As) y)) (loss_at (go S mv (real As) x)).
  Proof.
    intros H Si Ch. destruct mv as [to|skip depth T Rt Ls up].
    - destruct (line_step S cuts to As v1 us H) as (Bs & cs & -> & LL & DA & DB & E' & E). cbn [go]. rewrite <- E'.
      destruct (pieces_fall As Bs LL DA DB cs 0 1 As us ltac:(lra) (real_start As Bs) E Si Ch) as [La I]. split; [exact La|].
      intros x y Hx. apply I. lra.
    - destruct (follow_step S cuts W HX skip depth T Rt Ls up As v1 us H) as (Bs & E & -> & _ & _ & _ & P & _). split; [reflexivity|].
      cbn [chain_ok] in Ch. apply andb_prop in Ch. destruct Ch as [F _]. intros x y Hx Hxy Hy. rewrite !(at_mix _ _ _ _ (P _)).
      apply (falls_sound ex lg logs); try assumption; apply Si; [now left|right; now left].
  Qed.

  Lemma chain_app : forall us vs v, chain v (us ++ vs) = true -> chain v us = true /\ chain (last us v) vs = true.
  Proof.
    induction us as [|u us IH]; intros vs v H; [split; [reflexivity|exact H]|]. cbn [app chain_ok] in H. band H F H.
    destruct (IH vs u H) as [I J]. cbn [chain_ok]. rewrite F, I. split; [reflexivity|].
    replace (last (u :: us) v) with (last us u); [exact J|]. destruct us as [|w us]; [reflexivity|]. exact (last_indep us w u v).
  Qed.
  Lemma walk_falls : forall ms As w vs, walk S cuts (vert s X As) ms = Some (w, vs) ->
    all_sized (vert s X As :: vs) -> chain (vert s X As) vs = true ->
    forall k t k' t', (k < length ms)%nat -> (k' < length ms)%nat -> 0 <= t <= 1 -> 0 <= t' <= 1 -> INR k + t < INR k' + t' ->
    below (loss_at (point S (real As) ms k' t')) (loss_at (point S (real As) ms k t)).
  Proof.
    induction ms as [|mv ms IH]; intros As w vs H Si Ch k t k' t' Hk Hk' Ht Ht' Hl; [simpl in Hk; lia|]. cbn [walk] in H.
    destruct (step S cuts (vert s X As) mv) as [[v1 us]|] eqn:St; [|discriminate].
    destruct (walk S cuts v1 ms) as [[w' vs']|] eqn:E; [|discriminate]. inversion H; subst w' vs; clear H.
    destruct (step_sound S cuts W HX mv As v1 us St) as (As' & -> & G1 & _). destruct (chain_app _ _ _ Ch) as [Ch1 Ch2].
    destruct (step_falls mv As _ us St) as [La I]; [|exact Ch1|].
    { intros v [<-|Hv]; apply Si; [now left|right; apply in_or_app; now left]. }
    rewrite La in Ch2. assert (Si' : all_sized (vert s X As' :: vs')).
    { intros v [<-|Hv]; apply Si; [|right; apply in_or_app; now right]. rewrite <- La.
      destruct us as [|u us]; [now left|]. right. apply in_or_app. left. clear. revert u. induction us as [|x us IH]; intros u; [now left|].
      right. exact (IH x). }
    specialize (IH As' w vs' E Si' Ch2). rewrite <- G1 in IH. cbn [length] in Hk, Hk'. destruct k as [|k], k' as [|k']; cbn [point].
    - apply I; simpl in Hl; lra.
    - assert (J : point S (go S mv (real As) 1) ms O 0 = go S mv (real As) 1).
      { destruct ms as [|mv' ms]; [simpl in Hk'; lia|]. rewrite G1. apply (walk_sound S cuts W HX (mv' :: ms) As' w vs' E). discriminate. }
      assert (P0 : INR k' + t' = 0 -> point S (go S mv (real As) 1) ms k' t' = go S mv (real As) 1).
      { intros Z. assert (0 <= INR k') by apply pos_INR. replace t' with 0 by lra. replace k' with O; [exact J|].
        symmetry. apply INR_eq. simpl. lra. }
      assert (R : 0 < INR k' + t' -> below (loss_at (point S (go S mv (real As) 1) ms k' t')) (loss_at (go S mv (real As) 1))).
      { intros Z. rewrite <- J at 2. apply IH; try lia; try lra. simpl. lra. }
      assert (0 <= INR k') by apply pos_INR. rewrite S_INR in Hl. simpl (INR 0) in Hl.
      destruct (Rle_dec (INR k' + t') 0); [rewrite P0 by lra; apply I; lra|].
      destruct (Rle_dec 1 t); [replace t with 1 by lra; apply R; lra|].
      apply below_trans with (loss_at (go S mv (real As) 1)); [apply R; lra|apply I; lra].
    - exfalso. rewrite S_INR in Hl. simpl (INR 0) in Hl. assert (0 <= INR k) by apply pos_INR. lra.
    - apply IH; try lia; try assumption. rewrite !S_INR in Hl. lra.
  Qed.
End Path.
