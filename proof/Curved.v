(* Lines on which features and weights move at once: polynomials in lambda. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Follow.
Import ListNotations.
Open Scope R_scope.

Fixpoint entP (P : list qmat) (lam : R) (i j : nat) : R :=
  match P with [] => 0 | A :: P' => ent A i j + lam * entP P' lam i j end.
Definition posP (P : list qmat) := forall A, In A P -> 0 < IZR (den A).
Lemma posP_cons A P : posP (A :: P) -> 0 < IZR (den A) /\ posP P.
Proof. intros H. split; [apply H; now left|intros B HB; apply H; now right]. Qed.

Lemma ent_zero d i j : ent (QM d []) i j = 0.
Proof. unfold ent. cbn [num den]. rewrite at_nil. unfold Rdiv. ring. Qed.

Lemma addP_ok lam i j : forall P Q, posP P -> posP Q -> posP (addP P Q) /\ entP (addP P Q) lam i j = entP P lam i j + entP Q lam i j.
Proof.
  induction P as [|A P IH]; intros [|B Q] HP HQ; cbn [addP entP]; try (split; [assumption|ring]).
  apply posP_cons in HP, HQ. destruct HP as [PA HP], HQ as [PB HQ]. destruct (IH Q HP HQ) as [K E].
  destruct (red_ok _ (linQ_pos 1 1 A B PA PB)) as (R & RE & _). split.
  - intros C [<-|HC]; [assumption|now apply K].
  - rewrite RE, linQ_ent, E by assumption. ring.
Qed.

Lemma tlQ_ent A k j : ent (tlQ A) k j = ent A (S k) j.
Proof. unfold ent, at_, tlQ. cbn [num den]. now rewrite tl_nth. Qed.
Lemma prodP_ok n F0 F A lam i j : posP (F0 :: F) -> has_rows n A = true -> (i < length (num F0))%nat ->
  posP (prodP (F0 :: F) A) /\ entP (prodP (F0 :: F) A) lam i j = ent A O j + sum n (fun k => entP (F0 :: F) lam i k * ent A (S k) j).
Proof.
  intros HP RA Hi. apply posP_cons in HP. destruct HP as [P0 HP]. assert (PA := proj1 (has_rows_inv _ _ RA)).
  assert (LA := proj2 (has_rows_inv _ _ RA)).
  assert (Rest : posP (map (fun G => mulQ G (tlQ A)) F) /\ entP (map (fun G => mulQ G (tlQ A)) F) lam i j = sum n (fun k => entP F lam i k * ent A (S k) j)).
  { clear P0. induction F as [|G F IH]; cbn [map entP].
    - split; [intros ? []|]. rewrite (sum_ext n _ (fun _ => 0)), sum_0; [reflexivity|]. intros. ring.
    - apply posP_cons in HP. destruct HP as [PG HP]. destruct (IH HP) as [K E]. split.
      + intros B [<-|HB]; [unfold mulQ, tlQ; cbn [den]; rewrite mult_IZR; nra|now apply K].
      + rewrite E, (mulQ_ent n) by (try assumption; unfold tlQ; cbn [num]; destruct (num A); simpl in *; lia).
        rewrite (sum_ext n (fun k => (ent G i k + lam * entP F lam i k) * ent A (S k) j)
          (fun k => 1 * (ent G i k * ent A (S k) j) + lam * (entP F lam i k * ent A (S k) j))) by (intros; ring).
        rewrite sum_lin. rewrite (sum_ext n (fun k => ent G i k * ent (tlQ A) k j) (fun k => ent G i k * ent A (S k) j))
          by (intros; now rewrite tlQ_ent). ring. }
  destruct Rest as [K E]. cbn [prodP entP]. split.
  - intros B [<-|HB]; [now apply (preQ_pos n)|now apply K].
  - rewrite E, (preQ_ent n) by assumption. unfold pre.
    rewrite (sum_ext n (fun k => (ent F0 i k + lam * entP F lam i k) * ent A (S k) j)
      (fun k => 1 * (ent F0 i k * ent A (S k) j) + lam * (entP F lam i k * ent A (S k) j))) by (intros; ring).
    rewrite sum_lin. ring.
Qed.

(* Over one denominator *)
Fixpoint horner (xs : list Z) (lam : R) : R := match xs with [] => 0 | x :: xs' => IZR x + lam * horner xs' lam end.
Definition entries (U : list (list (list Z))) i j : list Z := map (fun A => at_ A i j) U.
Lemma horner_scale c lam : forall xs, horner (map (Z.mul c) xs) lam = IZR c * horner xs lam.
Proof. induction xs as [|x xs IH]; cbn [map horner]; [ring|]. rewrite IH, mult_IZR. ring. Qed.
Lemma overQ_ok lam i j : forall P, posP P -> 0 < IZR (fst (overQ P)) /\
  entP P lam i j = horner (entries (snd (overQ P)) i j) lam / IZR (fst (overQ P)).
Proof.
  induction P as [|A P IH]; intros H; cbn [overQ entP fst snd entries map horner]; [split; lra|].
  apply posP_cons in H. destruct H as [PA HP]. destruct (IH HP) as [K E]. cbv zeta. split; [rewrite mult_IZR; nra|].
  unfold entries in *. rewrite map_map.
  rewrite (map_ext (fun B => at_ (map (map (Z.mul (den A))) B) i j) (fun B => (den A * at_ B i j)%Z)) by (intros; apply at_scale).
  rewrite <- (map_map (fun B => at_ B i j) (Z.mul (den A))), horner_scale, at_scale, !mult_IZR, E. unfold ent. field. lra.
Qed.

(* Bounds *)
Lemma at_part part U i j : part 0%Z = 0%Z -> at_ (map (map part) U) i j = part (at_ U i j).
Proof.
  intros H. unfold at_. change (@nil Z) with (map part []) at 1. rewrite map_nth. rewrite <- H at 1. apply map_nth.
Qed.
Fixpoint bound1 (part : Z -> Z) (xs : list Z) : Z := match xs with [] => 0 | x :: xs' => x + part (bound1 part xs') end%Z.
Lemma bound_at part i j : part 0%Z = 0%Z -> forall U, at_ (bound part U) i j = bound1 part (entries U i j).
Proof.
  intros H. induction U as [|A U IH]; cbn [bound entries map bound1]; [apply at_nil|].
  rewrite at_rows2, at_part by assumption. fold (entries U i j). rewrite IH. ring.
Qed.
Lemma bound1_low lam : 0 <= lam <= 1 -> forall xs, IZR (bound1 neg_part xs) <= horner xs lam.
Proof.
  intros Hl. induction xs as [|x xs IH]; cbn [bound1 horner]; [lra|]. rewrite plus_IZR.
  set (b := bound1 neg_part xs) in *. set (h := horner xs lam) in *. unfold neg_part. assert (P := Rmult_le_pos lam (h - IZR b) ltac:(lra) ltac:(lra)).
  destruct (b <=? 0)%Z eqn:E.
  - apply Z.leb_le, IZR_le in E. assert (Q := Rmult_le_pos (1 - lam) (- IZR b) ltac:(lra) ltac:(lra)). nra.
  - apply Z.leb_gt, IZR_lt in E. assert (Q := Rmult_le_pos lam (IZR b) ltac:(lra) ltac:(lra)). nra.
Qed.
Lemma bound1_high lam : 0 <= lam <= 1 -> forall xs, horner xs lam <= IZR (bound1 pos_part xs).
Proof.
  intros Hl. induction xs as [|x xs IH]; cbn [bound1 horner]; [lra|]. rewrite plus_IZR.
  set (b := bound1 pos_part xs) in *. set (h := horner xs lam) in *. unfold pos_part. assert (P := Rmult_le_pos lam (IZR b - h) ltac:(lra) ltac:(lra)).
  destruct (b <=? 0)%Z eqn:E.
  - apply Z.leb_le, IZR_le in E. assert (Q := Rmult_le_pos lam (- IZR b) ltac:(lra) ltac:(lra)). nra.
  - apply Z.leb_gt, IZR_lt in E. assert (Q := Rmult_le_pos (1 - lam) (IZR b) ltac:(lra) ltac:(lra)). nra.
Qed.

Lemma piece_ok D d : 0 < IZR D -> 0 < IZR d -> forall l p x y q v, wf D p l = true -> piece D d p l x y = Some q ->
  IZR x / IZR d <= v <= IZR y / IZR d -> sig (IZR D) p l v = line_of D q v.
Proof.
  intros HD Hd. induction l as [|[t q'] l IH]; intros p x y q v W H Hv; cbn [piece] in H.
  - inversion H. reflexivity.
  - destruct (y * D <=? t * d)%Z eqn:E.
    + inversion H; subst q. apply leb_le in E; try assumption. apply sig_left. lra.
    + destruct (t * d <=? x * D)%Z eqn:E'; [|discriminate]. apply leb_le in E'; try assumption.
      rewrite sig_right by (try assumption; lra). apply (IH q' x y); try assumption. simpl in W. split_and. assumption.
Qed.

Lemma choose_row_ok s d : forall fl x y ps, choose_row s d fl x y = Some ps -> forall k, (k < length fl)%nat ->
  fst (nth k fl (false, false)) = true \/
  piece (aden s) d (first s) (rest s) (nth k x 0%Z) (nth k y 0%Z) = Some (nth k ps (0, 0)%Z).
Proof.
  induction fl as [|f fl IH]; intros x y ps H k Hk; [simpl in Hk; lia|]. cbn [choose_row] in H.
  destruct x as [|a x]; [discriminate|]. destruct y as [|b y]; [discriminate|].
  destruct (if fst f then _ else _) as [p|] eqn:E; [|discriminate]. destruct (choose_row s d fl x y) as [qs|] eqn:E'; [|discriminate].
  inversion H; subst ps. destruct k as [|k]; cbn [nth].
  - destruct (fst f) eqn:F; [now left|right; exact E].
  - apply IH; [assumption|simpl in Hk; lia].
Qed.
Lemma choose_ok s d fl : forall X Y qs, choose s d fl X Y = Some qs -> length qs = length X /\
  forall i k, (i < length qs)%nat -> (k < length fl)%nat ->
  fst (nth k fl (false, false)) = true \/
  piece (aden s) d (first s) (rest s) (at_ X i k) (at_ Y i k) = Some (nth k (nth i qs []) (0, 0)%Z).
Proof.
  induction X as [|x X IH]; intros [|y Y] qs H; cbn [choose] in H; try discriminate.
  - inversion H. split; [reflexivity|]. simpl. intros; lia.
  - destruct (choose_row s d fl x y) as [ps|] eqn:E; [|discriminate]. destruct (choose s d fl X Y) as [rs|] eqn:E'; [|discriminate].
    inversion H; subst qs. destruct (IH Y rs E') as [L K]. split; [simpl; lia|]. intros [|i] k Hi Hk.
    + unfold at_. cbn [nth]. now apply (choose_row_ok s d fl x y).
    + apply (K i k); [simpl in Hi; lia|assumption].
Qed.

Lemma apply_row_nth c : forall ps u k, nth k (apply_row c ps u) 0%Z =
  (fst (nth k ps (0, 0)) * nth k u 0 + c * snd (nth k ps (0, 0)))%Z.
Proof.
  induction ps as [|p ps IH]; intros u k; cbn [apply_row].
  - destruct k; cbn [nth fst snd]; ring.
  - destruct k as [|k]; cbn [nth]; [destruct u; reflexivity|]. rewrite IH, tl_nth. reflexivity.
Qed.
Lemma apply_at c : forall qs U i k, let p := nth k (nth i qs []) (0, 0)%Z in
  at_ (apply c qs U) i k = (fst p * at_ U i k + c * snd p)%Z.
Proof.
  induction qs as [|ps qs IH]; intros U i k; cbn [apply].
  - rewrite at_nil. destruct i, k; cbn [nth fst snd]; ring.
  - destruct i as [|i].
    + unfold at_. cbn [nth]. rewrite apply_row_nth. destruct U; reflexivity.
    + change (at_ (apply_row c ps (hd [] U) :: apply c qs (tl U)) (S i) k) with (at_ (apply c qs (tl U)) i k). rewrite IH.
      unfold at_. rewrite tl_nth. reflexivity.
Qed.
Lemma apply_length c : forall qs U, length (apply c qs U) = length qs.
Proof. induction qs; intros; simpl; auto. Qed.

Lemma sigP_ok s fl P F lam i k : wf_act s = true -> 0 <= lam <= 1 -> posP P -> sigP s fl P = Some F -> posP F /\
  ((i < length (num (hd (QM 1 []) F)))%nat -> (k < length fl)%nat ->
   fst (nth k fl (false, false)) = true \/ sigma s (entP P lam i k) = entP F lam i k).
Proof.
  intros W Hl HP H. assert (HD := wf_den s W). unfold sigP in H. cbv zeta in H.
  destruct (overQ_ok lam i k P HP) as [Hd E]. set (d := fst (overQ P)) in *. set (U := snd (overQ P)) in *.
  destruct (choose s d fl (bound neg_part U) (bound pos_part U)) as [qs|] eqn:C; [|discriminate].
  destruct U as [|M Ms] eqn:EU; [discriminate|].
  assert (PD : forall V, 0 < IZR (den (QM (aden s * d) V))) by (intros; cbn [den]; rewrite mult_IZR; nra).
  assert (RO := fun V => red_ok _ (PD V)).
  assert (HF := f_equal (fun x => match x with Some y => y | None => F end) H). cbn beta iota in HF. clear H. split.
  - rewrite <- HF. intros B [<-|HB]; [apply RO|]. apply in_map_iff in HB. destruct HB as (V & <- & _). apply RO.
  - intros Hi Hk. destruct (choose_ok s d fl _ _ _ C) as [_ K].
    assert (Hi' : (i < length qs)%nat).
    { rewrite <- HF in Hi. cbn [hd] in Hi. destruct (RO (apply d qs M)) as (_ & _ & L & _). rewrite L in Hi. cbn [num] in Hi. now rewrite apply_length in Hi. }
    destruct (K i k Hi' Hk) as [Z|Pc]; [now left|right]. clear K.
    rewrite !bound_at in Pc by reflexivity. set (p := nth k (nth i qs []) (0, 0)%Z) in *.
    set (xs := entries (M :: Ms) i k) in *.
    assert (Low := bound1_low lam Hl xs). assert (High := bound1_high lam Hl xs).
    unfold wf_act in W. apply andb_prop in W. destruct W as [_ W].
    unfold sigma. rewrite E. rewrite (piece_ok (aden s) d HD Hd _ _ _ _ _ _ W Pc).
    2: { split; apply Rmult_le_compat_r; try assumption; left; now apply Rinv_0_lt_compat. }
    assert (Rest : entP (map (fun M => red (QM (aden s * d) (apply 0 qs M))) Ms) lam i k =
      IZR (fst p) * horner (entries Ms i k) lam / (IZR (aden s) * IZR d)).
    { clear -RO HD Hd. induction Ms as [|V Ms IH]; cbn [map entP entries horner]; [field; lra|].
      destruct (RO (apply 0 qs V)) as (_ & -> & _). rewrite IH. unfold ent. cbn [num den]. rewrite apply_at. fold p.
      rewrite plus_IZR, !mult_IZR. unfold entries. field. lra. }
    rewrite <- HF. cbn [entP]. rewrite Rest. destruct (RO (apply d qs M)) as (_ & -> & _).
    unfold ent. cbn [num den]. rewrite apply_at. fold p. unfold line_of, xs. cbn [entries map horner].
    rewrite plus_IZR, !mult_IZR. unfold entries. field. lra.
Qed.

Lemma outP_sound s N lam : wf_act s = true -> 0 <= lam <= 1 -> forall ws F As Bs Ft P, outP s N ws F As Bs = Some P -> posP F ->
  (forall i k, (i < N)%nat -> (k < hd O ws)%nat ->
     (forall j, ent (hd (QM 1 []) As) (S k) j = 0 /\ ent (hd (QM 1 []) Bs) (S k) j = 0) \/ Ft i k = entP F lam i k) ->
  forall i j, (i < N)%nat -> output (sigma s) ws Ft (lerp lam (real As) (real Bs)) i j = entP P lam i j.
Proof.
  intros W Hl. induction ws as [|n ws IH]; intros F As Bs Ft P H HF I i j Hi; [discriminate|].
  destruct As as [|A As]; [discriminate|]. destruct Bs as [|B Bs]; [discriminate|]. cbn [outP hd] in *.
  set (D := linQ 1 B (-1) A) in *.
  match type of H with (if ?c then _ else _) = _ => destruct c eqn:C; [|discriminate] end.
  band C C LN. band C C RD. band C RA RB.
  destruct F as [|F0 F]; [discriminate|]. apply Nat.eqb_eq in LN.
  assert (PA := proj1 (has_rows_inv _ _ RA)). assert (PB := proj1 (has_rows_inv _ _ RB)).
  assert (Pre : posP (preP (F0 :: F) A D) /\ forall i j, (i < N)%nat ->
    pre n Ft (fun r c => (1 - lam) * ent A r c + lam * ent B r c) i j = entP (preP (F0 :: F) A D) lam i j).
  { assert (At : forall i j, (i < N)%nat -> posP (preP (F0 :: F) A D) /\
      pre n Ft (fun r c => (1 - lam) * ent A r c + lam * ent B r c) i j = entP (preP (F0 :: F) A D) lam i j).
    { clear i j Hi. intros i j Hi. unfold preP.
      destruct (prodP_ok n F0 F A lam i j HF RA ltac:(lia)) as [Q1 E1]. destruct (prodP_ok n F0 F D lam i j HF RD ltac:(lia)) as [Q2 E2].
      assert (Q3 : posP (QM 1 [] :: prodP (F0 :: F) D)) by (intros M [<-|HM]; [simpl; lra|now apply Q2]).
      destruct (addP_ok lam i j _ _ Q1 Q3) as [Q4 E4]. split; [assumption|]. rewrite E4. cbn [entP]. rewrite ent_zero, E1, E2.
      assert (ED : forall r c, ent D r c = ent B r c - ent A r c) by (intros; unfold D; rewrite linQ_ent by assumption; ring).
      unfold pre. rewrite ED.
      rewrite (sum_ext n (fun k => Ft i k * ((1 - lam) * ent A (S k) j + lam * ent B (S k) j))
        (fun k => 1 * (entP (F0 :: F) lam i k * ent A (S k) j) + lam * (entP (F0 :: F) lam i k * ent D (S k) j))).
      - rewrite sum_lin. ring.
      - intros k Hk. rewrite ED. destruct (I i k Hi Hk) as [Z|Z]; [destruct (Z j) as [-> ->]; ring|rewrite Z; ring]. }
    split; [exact (proj1 (At i j Hi))|]. intros i' j' Hi'. exact (proj2 (At i' j' Hi')). }
  destruct Pre as [PP Pre]. destruct ws as [|m ws].
  - destruct As; [|discriminate]. destruct Bs; [|discriminate]. inversion H; subst P. apply Pre. assumption.
  - destruct As as [|A1 As]; [discriminate|]. destruct Bs as [|B1 Bs]; [discriminate|].
    destruct (has_rows m A1 && has_rows m B1) eqn:R1; [|discriminate]. band R1 RA1 RB1.
    set (fl := flags (den A1) (den B1) (tl (num A1)) (tl (num B1))) in *.
    destruct (sigP s fl (preP (F0 :: F) A D)) as [F'|] eqn:ES; [|discriminate].
    change (output (sigma s) (n :: m :: ws) Ft (lerp lam (real (A :: A1 :: As)) (real (B :: B1 :: Bs))) i j) with
      (output (sigma s) (m :: ws) (fun i j => sigma s (pre n Ft (fun r c => (1 - lam) * ent A r c + lam * ent B r c) i j))
        (lerp lam (real (A1 :: As)) (real (B1 :: Bs))) i j).
    assert (LF' : exists F0' F'', F' = F0' :: F'' /\ length (num F0') = N).
    { cbn [outP] in H. match type of H with (if ?c then _ else _) = _ => destruct c eqn:C; [|discriminate] end.
      band C C LN'. destruct F' as [|F0' F'']; [discriminate|]. exists F0', F''. split; [reflexivity|now apply Nat.eqb_eq]. }
    destruct LF' as (F0' & F'' & EF & LF').
    apply (IH F' (A1 :: As) (B1 :: Bs)); try assumption.
    + exact (proj1 (sigP_ok s fl _ F' lam O O W Hl PP ES)).
    + intros i' k Hi' Hk. cbn [hd] in *. rewrite Pre by assumption.
      assert (LT : length (tl (num A1)) = m) by (apply has_rows_inv in RA1; destruct (num A1); simpl in *; lia).
      assert (LT' : length (tl (num B1)) = m) by (apply has_rows_inv in RB1; destruct (num B1); simpl in *; lia).
      assert (LFl := flags_length (den A1) (den B1) (tl (num A1)) (tl (num B1)) (eq_trans LT (eq_sym LT'))). fold fl in LFl. rewrite LT in LFl.
      destruct (sigP_ok s fl _ F' lam i' k W Hl PP ES) as [_ K]. rewrite EF in K at 1. cbn [hd] in K.
      destruct K as [K|K]; [lia|lia| |right; exact K]. left. intros j'.
      unfold fl in K. rewrite flags_nth in K by (fold fl; lia). unfold flag in K. cbn [fst] in K. rewrite !tl_nth in K.
      apply andb_prop in K. destruct K as [Z0 Z1]. unfold ent, at_. rewrite (zeros _ j' Z0), (zeros _ j' Z1). lra.
Qed.

(* A polynomial whose coefficients from the second power on are zero runs straight. *)
Lemma zeroQ_ent A i j : zeroQ A = true -> ent A i j = 0.
Proof.
  unfold zeroQ. intros H. unfold ent, at_. replace (nth j (nth i (num A) []) 0%Z) with 0%Z; [unfold Rdiv; ring|].
  symmetry. apply zeros. destruct (Nat.lt_ge_cases i (length (num A))) as [L|L]; [|now rewrite nth_overflow].
  rewrite forallb_forall in H. apply H. now apply nth_In.
Qed.
Lemma entP_zero lam i j : forall P, forallb zeroQ P = true -> entP P lam i j = 0.
Proof.
  induction P as [|A P IH]; intros H; [reflexivity|]. cbn [forallb entP] in *. apply andb_prop in H. destruct H as [Z H].
  rewrite IH, zeroQ_ent by assumption. ring.
Qed.
Lemma entP_straight P lam i j : forallb zeroQ (skipn 2 P) = true ->
  entP P lam i j = (1 - lam) * entP P 0 i j + lam * entP P 1 i j.
Proof.
  destruct P as [|A [|B P]]; intros H; cbn [entP skipn] in *; try ring. rewrite !entP_zero by assumption. ring.
Qed.
