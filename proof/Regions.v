(* Networks all of whose decision regions are connected. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Objects Check CheckObjects Sound Follow Walk Chain ClassPath Rank.
Import ListNotations.
Open Scope R_scope.

Lemma pre_straight n x y A t i c : pre n (straight_to x y t) A i c = (1 - t) * pre n x A i c + t * pre n y A i c.
Proof.
  unfold pre, straight_to. rewrite (sum_ext n (fun k => ((1 - t) * x i k + t * y i k) * A (S k) c)
    (fun k => (1 - t) * (x i k * A (S k) c) + t * (y i k * A (S k) c))) by (intros; ring). rewrite sum_lin. ring.
Qed.

(* A layer whose weights have a left inverse: a curve is lifted by it, and what is left lies in a fibre, which is flat. *)
Lemma affine_connected n m A (G : mat) (set : mat -> Prop) : (forall x y, agree 1 m x y -> set x -> set y) ->
  (forall c j, (c < m)%nat -> (j < m)%nat -> sum n (fun k => G c k * A (S k) j) = delta c j) ->
  connected set -> connected (fun x => set (pre n x A)).
Proof.
  intros Reads HG Con x y Hx Hy. destruct (Con _ _ Hx Hy) as (r & Cr & R0 & R1 & Rt).
  set (q := fun t i k => x i k + sum m (fun c => (r t i c - pre n x A i c) * G c k)).
  assert (Q : forall t, agree 1 m (pre n (q t) A) (r t)).
  { intros t i c _ Hc. unfold pre at 1, q.
    rewrite (sum_ext n _ (fun k => x i k * A (S k) c + sum m (fun c' => (r t i c' - pre n x A i c') * G c' k) * A (S k) c)) by (intros; ring).
    rewrite sum_plus, (sum_assoc_unit n m (fun c' => r t i c' - pre n x A i c') G (fun k j => A (S k) j)) by (try assumption; intros; now apply HG).
    unfold pre. ring. }
  apply (joined_trans _ x (q 1) y).
  - exists q. split; [|split; [|split; [reflexivity|]]].
    + intros i k. apply cont_plus; [apply cont_const|]. apply cont_sum. intros c. apply cont_mult; [|apply cont_const].
      apply cont_minus; [apply Cr|apply cont_const].
    + extensionality i. extensionality k. unfold q. rewrite R0, (sum_ext m _ (fun _ => 0)), sum_0 by (intros; ring). ring.
    + intros t Ht. apply (Reads (r t)); [|now apply Rt]. intros i c Hi Hc. symmetry. now apply Q.
  - apply joined_straight. intros t Ht. apply (Reads (pre n y A)); [|exact Hy].
    intros i c Hi Hc. rewrite pre_straight, (Q 1 i c Hi Hc), R1. ring.
Qed.

(* An activation with a continuous inverse *)
Lemma inverse_connected (sg g : R -> R) (set : mat -> Prop) : continuity g -> (forall y, sg (g y) = y) -> (forall x, g (sg x) = x) ->
  connected set -> connected (fun x => set (fun i k => sg (x i k))).
Proof.
  intros Cg I1 I2 Con x y Hx Hy. destruct (Con _ _ Hx Hy) as (r & Cr & R0 & R1 & Rt).
  exists (fun t i k => g (r t i k)). split; [|split; [|split]].
  - intros i k. exact (continuity_comp (fun t => r t i k) g (Cr i k) Cg).
  - extensionality i. extensionality k. now rewrite R0, I2.
  - extensionality i. extensionality k. now rewrite R1, I2.
  - intros t Ht. replace (fun i k => sg (g (r t i k))) with (r t); [now apply Rt|]. extensionality i. extensionality k. now rewrite I1.
Qed.

(* The last layer: where a class wins is convex. *)
Lemma last_connected o j n A : connected (fun v => wins_at o j (pre n v A)).
Proof.
  intros x y Hx Hy. apply joined_straight. intros t Ht k Hk Ne. rewrite !pre_straight.
  apply below_between; [assumption|now apply Hx|now apply Hy].
Qed.

(* An activation that rises, but not strictly: with e x added for a small e > 0 it has an inverse. *)
Lemma sig_rises D : 0 < IZR D -> forall l p, wf D p l = true -> (0 <=? fst p)%Z = true -> forallb (fun tq => 0 <=? fst (snd tq))%Z l = true ->
  forall x y, x <= y -> sig (IZR D) p l x <= sig (IZR D) p l y.
Proof.
  intros HD. assert (Lin : forall p x y, (0 <=? fst p)%Z = true -> x <= y -> line_of D p x <= line_of D p y).
  { intros p x y Hp H. apply Z.leb_le, IZR_le in Hp. unfold line_of. apply Rplus_le_compat_r, Rmult_le_compat_l; [|assumption].
    apply Rmult_le_pos; [assumption|]. left. now apply Rinv_0_lt_compat. }
  induction l as [|[t q] l IH]; intros p W Hp Hl x y H; [now apply Lin|].
  cbn [forallb snd] in Hl. band Hl Hq Hl. assert (W' : wf D q l = true) by (simpl in W; band W W W'; exact W'). set (b := IZR t / IZR D).
  destruct (Rle_dec y b); [|destruct (Rle_dec b x)].
  - rewrite !sig_left by (fold b; lra). now apply Lin.
  - rewrite !(sig_right D HD) by (assumption || (fold b; lra)). now apply IH.
  - apply Rle_trans with (sig (IZR D) p ((t, q) :: l) b).
    + rewrite !sig_left by (fold b; lra). apply Lin; [assumption|lra].
    + rewrite !(sig_right D HD) by (assumption || (fold b; lra)). apply IH; try assumption. lra.
Qed.
Lemma shear_onto D e : 0 < IZR D -> 0 < e -> forall l p, wf D p l = true -> (0 <=? fst p)%Z = true ->
  forallb (fun tq => 0 <=? fst (snd tq))%Z l = true -> exists psi, forall w, sig (IZR D) p l (psi w) + e * psi w = w.
Proof.
  intros HD He. assert (Lin : forall p, (0 <=? fst p)%Z = true -> exists psi, forall w, line_of D p (psi w) + e * psi w = w).
  { intros p Hp. apply Z.leb_le, IZR_le in Hp. assert (0 <= IZR (fst p) / IZR D) by (apply Rmult_le_pos; [assumption|left; now apply Rinv_0_lt_compat]).
    exists (fun w => (w - IZR (snd p) / IZR D) / (IZR (fst p) / IZR D + e)). intros w. unfold line_of.
    set (a := IZR (fst p) / IZR D) in *. set (b := IZR (snd p) / IZR D) in *.
    transitivity ((a + e) * ((w - b) / (a + e)) + b); [ring|field; lra]. }
  induction l as [|[t q] l IH]; intros p W Hp Hl; [now apply Lin|].
  assert (Mono := sig_rises D HD ((t, q) :: l) p W Hp Hl).
  cbn [forallb snd] in Hl. band Hl Hq Hl. assert (W' : wf D q l = true) by (simpl in W; band W W W'; exact W'). set (b := IZR t / IZR D).
  destruct (Lin p Hp) as [f Hf]. destruct (IH q W' Hq Hl) as [h Hh]. assert (Mq := sig_rises D HD l q W' Hq Hl).
  set (top := line_of D p b + e * b).
  assert (Top : sig (IZR D) q l b = line_of D p b).
  { rewrite <- (sig_right D HD p t q l) by (assumption || (fold b; lra)). apply sig_left. fold b. lra. }
  exists (fun w => if Rle_dec w top then f w else h w). intros w. destruct (Rle_dec w top) as [L|L].
  - rewrite sig_left; [apply Hf|]. fold b. destruct (Rle_dec (f w) b) as [|G]; [assumption|]. exfalso. apply Rnot_le_lt in G.
    assert (K : line_of D p b <= line_of D p (f w)).
    { unfold line_of. apply Z.leb_le, IZR_le in Hp. apply Rplus_le_compat_r, Rmult_le_compat_l; [|lra].
      apply Rmult_le_pos; [assumption|]. left. now apply Rinv_0_lt_compat. }
    specialize (Hf w). unfold top in L. nra.
  - rewrite (sig_right D HD); [apply Hh|assumption|]. fold b. destruct (Rle_dec b (h w)) as [|G]; [assumption|]. exfalso. apply Rnot_le_lt in G.
    specialize (Mq (h w) b ltac:(lra)). specialize (Hh w). unfold top in L. rewrite Top in Mq. nra.
Qed.
Lemma shear s e : wf_act s = true -> rises s = true -> 0 < e -> exists psi, continuity psi /\
  (forall w, sigma s (psi w) + e * psi w = w) /\ (forall x, psi (sigma s x + e * x) = x) /\ forall a b, a <= b -> psi a <= psi b.
Proof.
  intros W Ri He. assert (HD := wf_den s W). unfold wf_act in W. band W W0 W. unfold rises in Ri. band Ri R0 Ri.
  assert (Mono := sig_rises (aden s) HD (rest s) (first s) W R0 Ri). fold (sigma s) in Mono.
  destruct (shear_onto (aden s) e HD He (rest s) (first s) W R0 Ri) as [psi H]. fold (sigma s) in H. exists psi.
  assert (Up : forall a b, a <= b -> psi a <= psi b).
  { intros a b L. destruct (Rle_dec (psi a) (psi b)) as [|G]; [assumption|]. exfalso. apply Rnot_le_lt in G.
    assert (Ha := H a). assert (Hb := H b). specialize (Mono (psi b) (psi a) ltac:(lra)). nra. }
  split; [|split; [exact H|split; [|exact Up]]].
  - apply (lip_continuous psi (/ e)); [left; now apply Rinv_0_lt_compat|]. intros a b L. specialize (Up a b L).
    rewrite Rabs_right by lra. apply Rmult_le_reg_l with e; [assumption|]. rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
    assert (Ha := H a). assert (Hb := H b). specialize (Mono _ _ Up). lra.
  - intros x. assert (K := H (sigma s x + e * x)). set (y := psi (sigma s x + e * x)) in *.
    destruct (Rtotal_order x y) as [L|[L|L]]; [|now symmetry|].
    + specialize (Mono x y ltac:(lra)). nra.
    + specialize (Mono y x ltac:(lra)). nra.
Qed.

Lemma least : forall o (f : nat -> R), (forall k, (k < o)%nat -> 0 < f k) -> exists e, 0 < e /\ forall k, (k < o)%nat -> e <= f k.
Proof.
  induction o as [|o IH]; intros f H; [exists 1; split; [lra|intros; lia]|]. destruct (IH f) as (e & He & L); [intros; apply H; lia|].
  exists (Rmin e (f o)). split; [apply Rmin_glb_lt; [assumption|apply H; lia]|]. intros k Hk.
  destruct (Nat.eq_dec k o) as [->|]; [apply Rmin_r|]. eapply Rle_trans; [apply Rmin_l|]. apply L. lia.
Qed.
Lemma Rabs_le_inv x a : Rabs x <= a -> - a <= x <= a.
Proof. intros H. assert (K := Rle_abs x). assert (K' := Rle_abs (- x)). rewrite Rabs_Ropp in K'. lra. Qed.
Lemma sum_from_below : forall n f g, (forall c, (c < n)%nat -> Rabs (f c) <= g c) -> - sum n g <= sum n f.
Proof.
  induction n as [|n IH]; intros f g H; simpl; [lra|]. assert (K := H O ltac:(lia)). apply Rabs_le_inv in K.
  specialize (IH (fun k => f (S k)) (fun k => g (S k)) ltac:(intros; apply H; lia)). lra.
Qed.

(* With one hidden layer: two points are joined by the curve whose image under the activation with e x added is straight. Its image
   under the activation itself is not, but so near that the class still wins. *)
Lemma rising_connected s o j n A : wf_act s = true -> rises s = true -> connected (fun v => wins_at o j (pre n (fun i k => sigma s (v i k)) A)).
Proof.
  intros W Ri x y Hx Hy.
  set (B := fun k c => A (S c) j - A (S c) k).
  assert (Margin : forall F k, pre n F A O j - pre n F A O k = (A O j - A O k) + sum n (fun c => F O c * B k c)).
  { intros F k. unfold pre, B. rewrite (sum_ext n (fun c => F O c * (A (S c) j - A (S c) k)) (fun c => 1 * (F O c * A (S c) j) + -1 * (F O c * A (S c) k)))
      by (intros; ring). rewrite sum_lin. ring. }
  set (at_x := fun i k => sigma s (x i k)) in *. set (at_y := fun i k => sigma s (y i k)) in *.
  set (d := fun k => Rmin (pre n at_x A O j - pre n at_x A O k) (pre n at_y A O j - pre n at_y A O k)).
  set (C := fun k => sum n (fun c => 2 * (Rabs (x O c) + Rabs (y O c)) * Rabs (B k c))).
  assert (C0 : forall k, 0 <= C k).
  { intros k. assert (K := sum_from_below n (fun _ => 0) (fun c => 2 * (Rabs (x O c) + Rabs (y O c)) * Rabs (B k c))). rewrite sum_0 in K.
    assert (Z : - C k <= 0); [|lra]. apply K. intros c _. rewrite Rabs_R0. assert (X := Rabs_pos (x O c)). assert (Y := Rabs_pos (y O c)).
    assert (Z := Rabs_pos (B k c)). nra. }
  destruct (least o (fun k => if (k =? j)%nat then 1 else d k / (C k + 1))) as (e & He & Small).
  { intros k Hk. destruct (k =? j)%nat eqn:E; [lra|]. apply Nat.eqb_neq in E. specialize (C0 k).
    apply Rdiv_lt_0_compat; [|lra]. specialize (Hx k Hk E). specialize (Hy k Hk E). apply Rmin_glb_lt; lra. }
  destruct (shear s e W Ri He) as (psi & Cp & P1 & P2 & Up).
  set (r := fun t (i k : nat) => psi ((1 - t) * (sigma s (x i k) + e * x i k) + t * (sigma s (y i k) + e * y i k))).
  exists r. split; [|split; [|split]].
  - intros i k. exact (continuity_comp _ psi (cont_lerp _ _) Cp).
  - extensionality i. extensionality k. unfold r. rewrite <- P2. f_equal. ring.
  - extensionality i. extensionality k. unfold r. rewrite <- P2. f_equal. ring.
  - intros t Ht k Hk Ne.
    assert (In : forall i c, Rabs (r t i c) <= Rabs (x i c) + Rabs (y i c)).
    { intros i c. unfold r. assert (Px := P2 (x i c)). assert (Py := P2 (y i c)).
      set (a := sigma s (x i c) + e * x i c) in *. set (b := sigma s (y i c) + e * y i c) in *.
      assert (X := Rabs_pos (x i c)). assert (Y := Rabs_pos (y i c)).
      destruct (Rabs_le_inv (x i c) _ (Rle_refl _)) as [X1 X2]. destruct (Rabs_le_inv (y i c) _ (Rle_refl _)) as [Y1 Y2].
      apply Rabs_le. destruct (Rle_dec a b).
      - assert (L1 := Up a ((1 - t) * a + t * b) ltac:(nra)). assert (L2 := Up ((1 - t) * a + t * b) b ltac:(nra)). lra.
      - assert (L1 := Up b ((1 - t) * a + t * b) ltac:(nra)). assert (L2 := Up ((1 - t) * a + t * b) a ltac:(nra)). lra. }
    assert (E : forall i c, sigma s (r t i c) = (1 - t) * at_x i c + t * at_y i c + e * ((1 - t) * x i c + t * y i c - r t i c)).
    { intros i c. unfold r at 1. assert (K := P1 ((1 - t) * (sigma s (x i c) + e * x i c) + t * (sigma s (y i c) + e * y i c))).
      fold (r t i c) in *. unfold at_x, at_y. lra. }
    assert (M : pre n (fun i c => sigma s (r t i c)) A O j - pre n (fun i c => sigma s (r t i c)) A O k =
      (1 - t) * (pre n at_x A O j - pre n at_x A O k) + t * (pre n at_y A O j - pre n at_y A O k)
      + e * sum n (fun c => ((1 - t) * x O c + t * y O c - r t O c) * B k c)).
    { rewrite !Margin. rewrite (sum_ext n (fun c => sigma s (r t O c) * B k c) (fun c => 1 * ((1 - t) * (at_x O c * B k c) + t * (at_y O c * B k c))
        + e * (((1 - t) * x O c + t * y O c - r t O c) * B k c))) by (intros; rewrite E; ring).
      rewrite sum_lin, sum_lin. ring. }
    assert (Low : - C k <= sum n (fun c => ((1 - t) * x O c + t * y O c - r t O c) * B k c)).
    { apply sum_from_below. intros c _. rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|].
      assert (I := In O c). apply Rabs_le_inv in I. assert (X := Rabs_pos (x O c)). assert (Y := Rabs_pos (y O c)).
      destruct (Rabs_le_inv (x O c) _ (Rle_refl _)) as [X1 X2]. destruct (Rabs_le_inv (y O c) _ (Rle_refl _)) as [Y1 Y2].
      apply Rabs_le. nra. }
    specialize (Small k Hk). destruct (k =? j)%nat eqn:Ek; [apply Nat.eqb_eq in Ek; contradiction|].
    assert (D1 := Rmin_l (pre n at_x A O j - pre n at_x A O k) (pre n at_y A O j - pre n at_y A O k)).
    assert (D2 := Rmin_r (pre n at_x A O j - pre n at_x A O k) (pre n at_y A O j - pre n at_y A O k)). fold (d k) in D1, D2.
    specialize (C0 k). assert (De : e * (C k + 1) <= d k).
    { apply Rmult_le_reg_r with (/ (C k + 1)); [apply Rinv_0_lt_compat; lra|]. rewrite Rmult_assoc, Rinv_r by lra. unfold Rdiv in Small. lra. }
    set (U := sum n _) in M, Low. assert (e * - C k <= e * U) by (apply Rmult_le_compat_l; lra).
    assert (d k <= (1 - t) * (pre n at_x A O j - pre n at_x A O k) + t * (pre n at_y A O j - pre n at_y A O k)) by nra. lra.
Qed.

Section Network.
  Variables (o j : nat).
  (* an inverse: layer by layer *)
  Lemma strict_connected sg g : continuity g -> (forall y, sg (g y) = y) -> (forall x, g (sg x) = x) ->
    forall ws As ranks, ranks_ok ws As ranks = true -> connected (region sg ws o (real As) j).
  Proof.
    intros Cg I1 I2. induction ws as [|n ws IH]; intros As ranks H; [discriminate|]. destruct ws as [|m ws].
    - destruct As as [|A As]; [discriminate|]. exact (last_connected o j n (ent A)).
    - destruct As as [|A As]; [discriminate|]. destruct ranks as [|rank ranks]; [discriminate|]. cbn [ranks_ok] in H. band H RA H.
      destruct (rank_sound n m A rank RA) as [G HG].
      apply (affine_connected n m (ent A) G (fun P => region sg (m :: ws) o (real As) j (fun i k => sg (P i k)))).
      + intros x y E K k Hk Ne. assert (E' : agree 1 m (fun i k => sg (x i k)) (fun i k => sg (y i k))) by (intros i c Hi Hc; now rewrite E).
        assert (X := output_ext sg (S (k + j)) m ws _ _ (real As) E'). rewrite <- !X by lia. now apply K.
      + exact HG.
      + apply (inverse_connected sg g (region sg (m :: ws) o (real As) j)); try assumption. now apply (IH As ranks).
  Qed.
End Network.

(* Of a network that is accepted the region of every class is connected. *)
Theorem regions_sound s g ws start ranks : check_regions s g ws start ranks = true ->
  let net := first_net start in
  forall o j, connected (region (sigma s) ws o net j).
Proof.
  intros H net o j. unfold check_regions in H. band H H K. band H H Ra. band H W CO.
  destruct (layers_of_ok _ _ CO) as [EN D]. fold net in EN. rewrite <- EN. set (As := layers_of ws start) in *.
  destruct ranks as [|rank [|rank' ranks]].
  - destruct ws as [|n [|m ws]]; [discriminate| |destruct As; discriminate]. exact (last_connected o j n (real As O)).
  - destruct ws as [|n [|m [|m' ws]]]; [discriminate|destruct As as [|? [|? ?]]; discriminate| |
      destruct As as [|A [|B As']]; [discriminate|cbn [ranks_ok] in Ra; band Ra R1 R2; discriminate|cbn [ranks_ok] in Ra; band Ra R1 R2; discriminate]].
    destruct As as [|A As']; [discriminate|]. cbn [ranks_ok] in Ra. band Ra R1 R2. destruct (rank_sound n m A rank R1) as [G HG].
    apply (affine_connected n m (ent A) G (fun P => wins_at o j (pre m (fun i k => sigma s (P i k)) (real As' O)))).
    + intros x y E Hw k Hk Ne. assert (E' : agree 1 m (fun i k => sigma s (x i k)) (fun i k => sigma s (y i k))) by (intros i c Hi Hc; now rewrite E).
      rewrite <- !(pre_ext 1 m _ _ _ _ _ E') by lia. now apply Hw.
    + exact HG.
    + now apply rising_connected.
  - band K I Wg. destruct (inverses_ok _ _ W Wg I) as [I1 I2].
    apply (strict_connected o j (sigma s) (sigma g) (sigma_continuous g Wg) I1 I2 ws As _ Ra).
Qed.
