(* Lines and follows, one behind the other. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Follow FollowNet Curved.
Import ListNotations.
Open Scope R_scope.

Lemma lerp_0 p q : lerp 0 p q = p.
Proof. unfold lerp. extensionality l. extensionality i. extensionality j. ring. Qed.
Lemma lerp_1 p q : lerp 1 p q = q.
Proof. unfold lerp. extensionality l. extensionality i. extensionality j. ring. Qed.

Lemma any_sound s far ws X As As' lam : wf_act s = true -> 0 < IZR (den X) -> lam_ok far lam ->
  line_ok s far ws (vert s X As) (vert s X As') = true ->
  forall i j, (i < length (num X))%nat ->
  output (sigma s) ws (ent X) (lerp lam (real As) (real As')) i j =
    (1 - lam) * ent (out (vert s X As)) i j + lam * ent (out (vert s X As')) i j.
Proof.
  intros W HX Hl H i j Hi. unfold line_ok in H.
  destruct ws as [|n ws]; [discriminate|]. destruct As as [|A As]; [discriminate|].
  destruct As' as [|A' As']; [discriminate|]. unfold vert, out in *. cbn [fst snd] in *.
  apply andb_prop in H. destruct H as [H HL]. apply andb_prop in H. destruct H as [RA RA'].
  apply (levels_sound s far (length (num X))); try assumption; try reflexivity.
  intros i' k _ _. right. split; [ring|now left].
Qed.

Lemma line_sound s ws X As As' lam : wf_act s = true -> 0 < IZR (den X) -> 0 <= lam <= 1 ->
  line_ok s false ws (vert s X As) (vert s X As') = true ->
  forall i j, (i < length (num X))%nat ->
  output (sigma s) ws (ent X) (lerp lam (real As) (real As')) i j =
    (1 - lam) * ent (out (vert s X As)) i j + lam * ent (out (vert s X As')) i j.
Proof. intros W HX [H0 H1]. apply (any_sound s false); try assumption. now split. Qed.

Lemma seg_entry_eq p q a b o x y z : 0 < IZR a -> 0 < IZR b -> 0 < IZR o -> 0 < IZR q -> seg_entry p q a b o x y z = true ->
  IZR x / IZR o = (1 - IZR p / IZR q) * (IZR y / IZR a) + IZR p / IZR q * (IZR z / IZR b).
Proof.
  intros ? ? ? ? H. apply Z.eqb_eq in H. apply (f_equal IZR) in H.
  rewrite !mult_IZR, plus_IZR, !mult_IZR, minus_IZR in H.
  apply Rmult_eq_reg_r with (IZR o * (IZR q * IZR a * IZR b)); [|apply Rgt_not_eq; repeat apply Rmult_lt_0_compat; assumption].
  transitivity (IZR x * (IZR q * IZR a * IZR b)); [field; lra|]. rewrite H. field. lra.
Qed.

Lemma seg_sound A B O p q : 0 < IZR (den A) -> 0 < IZR (den B) -> 0 < IZR (den O) -> seg_ok A B O p q = true ->
  exists t, 0 <= t <= 1 /\ forall i j, ent O i j = (1 - t) * ent A i j + t * ent B i j.
Proof.
  intros HA HB HO H. unfold seg_ok in H. apply andb_prop in H. destruct H as [H H0].
  apply andb_prop in H. destruct H as [H H2]. apply andb_prop in H. destruct H as [H H1].
  apply pos in H. apply Z.leb_le, IZR_le in H1, H2.
  exists (IZR p / IZR q). split.
  - split.
    + apply Rmult_le_pos; [assumption|]. left. now apply Rinv_0_lt_compat.
    + apply Rmult_le_reg_r with (IZR q); [assumption|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra.
  - intros i j. destruct (all3_nth _ _ _ _ H0) as (E & E' & K). unfold ent, at_.
    assert (Z : forall l, (length l <= i)%nat -> nth j (nth i l []) 0%Z = 0%Z)
      by (intros l Hl; rewrite (nth_overflow l [] Hl); destruct j; reflexivity).
    destruct (Nat.lt_ge_cases i (length (num O))) as [L|L]; [|rewrite !Z by lia; lra].
    specialize (K i [] [] [] L). destruct (all3_nth _ _ _ _ K) as (F & F' & K').
    destruct (Nat.lt_ge_cases j (length (nth i (num O) []))) as [M|M]; [|rewrite !(nth_overflow (nth i _ _)) by lia; lra].
    apply seg_entry_eq; try assumption. now apply K'.
Qed.

Lemma last_pres_pos s F As : 0 < IZR (aden s) -> 0 < IZR (den F) -> (forall A, In A As -> 0 < IZR (den A)) ->
  0 < IZR (den (last (pres s F As) (QM 1 []))).
Proof.
  intros HD. revert F. induction As as [|A As IH]; intros F HF H; [simpl; lra|].
  assert (0 < IZR (den A)) by (apply H; now left).
  destruct As as [|B As]; [simpl; rewrite mult_IZR; nra|].
  change (pres s F (A :: B :: As)) with (preQ F A :: pres s (sigQ s (preQ F A)) (B :: As)).
  change (last (preQ F A :: pres s (sigQ s (preQ F A)) (B :: As)) (QM 1 [])) with (last (pres s (sigQ s (preQ F A)) (B :: As)) (QM 1 [])).
  apply IH.
  - simpl. rewrite !mult_IZR. assert (0 < IZR (den F) * IZR (den A)) by nra. nra.
  - intros. apply H. now right.
Qed.

Lemma levels_dens s far : forall ws Ps Ps' As As', levels_ok s far ws Ps Ps' As As' = true ->
  (forall A, In A As -> 0 < IZR (den A)) /\ (forall A, In A As' -> 0 < IZR (den A)).
Proof.
  induction ws as [|n ws IH]; intros Ps Ps' As As' H; simpl in H.
  - destruct Ps as [|? [|]]; try discriminate. destruct Ps' as [|? [|]]; try discriminate.
    destruct As; try discriminate. destruct As'; try discriminate. split; intros ? [].
  - destruct Ps; try discriminate. destruct Ps'; try discriminate. destruct As; try discriminate. destruct As'; try discriminate.
    apply andb_prop in H. destruct H as [H H']. unfold level_ok in H. apply andb_prop in H. destruct H as [H _].
    apply andb_prop in H. destruct H as [R R']. apply has_rows_inv in R, R'. apply IH in H'. destruct H' as [I I'].
    split; intros B [<-|]; try tauto; [now apply I|now apply I'].
Qed.

Lemma line_dens s far ws v v' : line_ok s far ws v v' = true ->
  (forall A, In A (fst v) -> 0 < IZR (den A)) /\ (forall A, In A (fst v') -> 0 < IZR (den A)).
Proof.
  unfold line_ok. intros H. destruct ws; [discriminate|]. destruct (fst v); [discriminate|]. destruct (fst v'); [discriminate|].
  apply andb_prop in H. destruct H as [H L]. apply andb_prop in H. destruct H as [R R'].
  apply has_rows_inv in R, R'. apply levels_dens in L. destruct L as [L L'].
  split; intros A [<-|]; try tauto; [now apply L|now apply L'].
Qed.

(* The path: continuous, and in one piece *)
Lemma sig_lip D : 0 < IZR D -> forall l p, wf D p l = true ->
  exists K, 0 <= K /\ forall x y, x <= y -> Rabs (sig (IZR D) p l y - sig (IZR D) p l x) <= K * (y - x).
Proof.
  intros HD. assert (Lin : forall p x y, x <= y -> Rabs (line_of D p y - line_of D p x) <= Rabs (IZR (fst p) / IZR D) * (y - x)).
  { intros p x y H. unfold line_of. replace (_ - _) with (IZR (fst p) / IZR D * (y - x)) by ring.
    rewrite Rabs_mult, (Rabs_right (y - x)) by lra. lra. }
  induction l as [|[t q] l IH]; intros p W.
  - exists (Rabs (IZR (fst p) / IZR D)). split; [apply Rabs_pos|]. intros. now apply Lin.
  - assert (W' : wf D q l = true) by (simpl in W; band W W W'; exact W'). destruct (IH q W') as (K & HK & L).
    set (Ka := Rabs (IZR (fst p) / IZR D)) in *. assert (0 <= Ka) by apply Rabs_pos.
    exists (Ka + K). split; [lra|]. intros x y H'. set (b := IZR t / IZR D).
    destruct (Rle_dec y b); [|destruct (Rle_dec b x)].
    + rewrite !sig_left by (fold b; lra). specialize (Lin p x y H'). fold Ka in Lin. nra.
    + rewrite !(sig_right D HD) by (assumption || (fold b; lra)). specialize (L x y H'). nra.
    + assert (B : sig (IZR D) p ((t, q) :: l) b = line_of D p b) by (apply sig_left; fold b; lra).
      assert (B' : sig (IZR D) p ((t, q) :: l) b = sig (IZR D) q l b) by (apply (sig_right D HD); [assumption|fold b; lra]).
      rewrite (sig_right D HD p t q l y) by (assumption || (fold b; lra)). rewrite (sig_left D p t q l x) by (fold b; lra).
      assert (L1 := Lin p x b ltac:(lra)). assert (L2 := L b y ltac:(lra)). fold Ka in L1. fold (line_of D p x).
      rewrite <- B', B in L2.
      replace (sig (IZR D) q l y - line_of D p x) with ((sig (IZR D) q l y - line_of D p b) + (line_of D p b - line_of D p x)) by ring.
      eapply Rle_trans; [apply Rabs_triang|]. nra.
Qed.
Lemma lip_continuous f K : 0 <= K -> (forall x y, x <= y -> Rabs (f y - f x) <= K * (y - x)) -> continuity f.
Proof.
  intros HK L x eps He. exists (eps / (K + 1)). split; [apply Rdiv_lt_0_compat; lra|].
  intros y [_ Hy]. unfold dist, R_met, R_dist in *. simpl in *. unfold R_dist in *.
  assert (B : Rabs (f y - f x) <= K * Rabs (y - x)).
  { destruct (Rle_dec x y).
    - rewrite (Rabs_right (y - x)) by lra. now apply L.
    - rewrite Rabs_minus_sym, (Rabs_minus_sym y x), (Rabs_right (x - y)) by lra. apply L. lra. }
  apply Rle_lt_trans with (1 := B). assert (H := Rabs_pos (y - x)).
  apply Rle_lt_trans with ((K + 1) * Rabs (y - x)); [nra|].
  replace eps with ((K + 1) * (eps / (K + 1))) by (field; lra). apply Rmult_lt_compat_l; lra.
Qed.
Lemma sigma_continuous s : wf_act s = true -> continuity (sigma s).
Proof.
  intros W. assert (HD := wf_den s W). unfold wf_act in W. band W W0 W.
  destruct (sig_lip (aden s) HD (rest s) (first s) W) as (K & HK & L). exact (lip_continuous (sigma s) K HK L).
Qed.

Lemma cont_const c : continuity (fun _ => c).
Proof. apply continuity_const. intros x y. reflexivity. Qed.
Lemma cont_plus f g : continuity f -> continuity g -> continuity (fun t => f t + g t).
Proof. exact (continuity_plus f g). Qed.
Lemma cont_minus f g : continuity f -> continuity g -> continuity (fun t => f t - g t).
Proof. exact (continuity_minus f g). Qed.
Lemma cont_mult f g : continuity f -> continuity g -> continuity (fun t => f t * g t).
Proof. exact (continuity_mult f g). Qed.
Lemma cont_id : continuity (fun t => t).
Proof. exact (derivable_continuous id derivable_id). Qed.
Lemma cont_sum : forall n (f : nat -> R -> R), (forall k, continuity (f k)) -> continuity (fun t => sum n (fun k => f k t)).
Proof. induction n; intros f H; simpl; [apply cont_const|]. apply cont_plus; [apply H|]. apply IHn. intros. apply H. Qed.
Lemma cont_lerp a b : continuity (fun t => (1 - t) * a + t * b).
Proof.
  apply cont_plus; apply cont_mult; try apply cont_const; try apply cont_id.
  apply cont_minus; [apply cont_const|apply cont_id].
Qed.

Section Path.
  Variables (sg g : R -> R) (N o : nat) (T : mat).
  Hypothesis Cg : continuity g.
  Lemma cont_pull : forall depth ws F net Ls i k, continuity (fun t => pull sg g o T t depth ws F net Ls i k).
  Proof.
    assert (Cc : forall f, continuity f -> continuity (fun t => g (f t))) by (intros f H; exact (continuity_comp f g H Cg)).
    induction depth as [|d IH]; intros ws F net Ls i k; destruct ws as [|n [|m ws]]; cbn [pull];
      try apply cont_const; try apply cont_lerp; apply Cc; [apply cont_lerp|].
    apply cont_plus; [apply cont_const|]. apply (cont_sum _ (fun c t => _)). intros c.
    apply cont_mult; [|apply cont_const]. apply cont_minus; [apply IH|apply cont_const].
  Qed.
  Lemma cont_follow : forall skip depth ws F net Rt Ls up l r c, continuity (fun t => follow sg g N o T t skip depth ws F net Rt Ls up l r c).
  Proof.
    induction skip as [|k IH]; intros depth ws F net Rt Ls up l r c; destruct ws as [|n ws]; cbn [follow]; try apply cont_const;
      destruct l as [|l]; try apply cont_const.
    - destruct (c <? hd o ws)%nat; [|apply cont_const]. apply cont_plus; [apply cont_const|].
      apply (cont_sum _ (fun i t => _)). intros i. apply cont_mult; [apply cont_const|]. apply cont_minus; [apply cont_pull|apply cont_const].
    - destruct (l =? depth)%nat; [apply cont_lerp|apply cont_const].
    - apply IH.
  Qed.
  Hypothesis Inv : forall x, g (sg x) = x.
  Lemma pull_0 : forall depth n ws F net Ls i k, pull sg g o T 0 depth (n :: ws) F net Ls i k = pre n F (net O) i k.
  Proof.
    induction depth as [|d IH]; intros n ws F net Ls i k; destruct ws as [|m ws]; cbn [pull]; try ring.
    - rewrite <- (Inv (pre n F (net 0%nat) i k)) at 2. f_equal. ring.
    - rewrite (sum_ext _ _ (fun _ => 0)), sum_0; [rewrite Rplus_0_r; apply Inv|].
      intros c _. rewrite IH. cbv beta. ring.
  Qed.
  Lemma follow_0 : forall skip depth ws F net Rt Ls up, follow sg g N o T 0 skip depth ws F net Rt Ls up = net.
  Proof.
    induction skip as [|k IH]; intros depth ws F net Rt Ls up; destruct ws as [|n ws]; cbn [follow]; try reflexivity;
      extensionality l; destruct l as [|l]; try reflexivity.
    - extensionality r. extensionality c. destruct (c <? hd o ws)%nat; [|reflexivity].
      rewrite (sum_ext _ _ (fun _ => 0)), sum_0; [ring|]. intros. rewrite pull_0. ring.
    - extensionality r. extensionality c. destruct (l =? depth)%nat; [ring|reflexivity].
    - now rewrite IH.
  Qed.
End Path.

Lemma inverses_ok s g : wf_act s = true -> wf_act g = true -> inverses s g = true ->
  (forall y, sigma s (sigma g y) = y) /\ (forall x, sigma g (sigma s x) = x).
Proof.
  intros Ws Wg H. assert (HD := wf_den s Ws). assert (HE := wf_den g Wg). unfold inverses in H. band H H H'.
  unfold wf_act in Ws, Wg. band Ws W1 Ws. band Wg W2 Wg. split; intros; unfold sigma; apply inverse_sig; assumption.
Qed.

(* Changes of layers *)
Definition dens_ok (As : list qmat) := forall A, In A As -> 0 < IZR (den A).
Lemma dens_nth As l : dens_ok As -> 0 < IZR (den (nth l As (QM 1 []))).
Proof.
  intros H. destruct (Nat.lt_ge_cases l (length As)); [apply H; now apply nth_In|]. rewrite nth_overflow by assumption. simpl. lra.
Qed.
Lemma merge_nth : forall marks a b u v k, nth k (merge marks a b u v) 0%Z =
  match place marks k with Some i => (a * nth i u 0)%Z | None => (b * nth k v 0)%Z end.
Proof.
  induction marks as [|m marks IH]; intros a b u v k; [apply nth_scale|].
  assert (H0 : forall l, hd 0%Z l = nth 0 l 0%Z) by (intros [|]; reflexivity).
  destruct m, k as [|k]; cbn [merge nth place option_map]; rewrite ?H0; try reflexivity; rewrite IH.
  - destruct (place marks k) as [i|]; cbn [option_map]; rewrite tl_nth; reflexivity.
  - destruct (place marks k) as [i|]; cbn [option_map]; rewrite ?tl_nth; reflexivity.
Qed.
Lemma merge_nil marks a b k : nth k (merge marks a b [] []) 0%Z = 0%Z.
Proof. rewrite merge_nth. destruct (place marks k) as [i|]; [destruct i|destruct k]; apply Z.mul_0_r. Qed.
Lemma merges_at marks a b : forall U V r k, at_ (merges marks a b U V) r k =
  match place marks k with Some i => (a * at_ U r i)%Z | None => (b * at_ V r k)%Z end.
Proof.
  assert (Out : forall k : nat, 0%Z = match place marks k with Some i => (a * 0)%Z | None => (b * 0)%Z end)
    by (intros k; destruct (place marks k); symmetry; apply Z.mul_0_r).
  assert (L : forall V r k, at_ (map (merge marks a b []) V) r k =
    match place marks k with Some i => (a * at_ [] r i)%Z | None => (b * at_ V r k)%Z end).
  { induction V as [|v V IH]; intros r k; [cbn [map]; rewrite !at_nil; destruct (place marks k); rewrite ?at_nil; symmetry; apply Z.mul_0_r|].
    destruct r as [|r]; [|specialize (IH r k); destruct (place marks k); rewrite ?at_nil in *; exact IH]. unfold at_. cbn [map nth]. rewrite merge_nth. reflexivity. }
  assert (R : forall U r k, at_ (map (fun u => merge marks a b u []) U) r k =
    match place marks k with Some i => (a * at_ U r i)%Z | None => (b * at_ [] r k)%Z end).
  { induction U as [|u U IH]; intros r k; [cbn [map]; rewrite !at_nil; destruct (place marks k); rewrite ?at_nil; symmetry; apply Z.mul_0_r|].
    destruct r as [|r]; [|specialize (IH r k); destruct (place marks k); rewrite ?at_nil in *; exact IH]. unfold at_. cbn [map nth]. rewrite merge_nth. reflexivity. }
  induction U as [|u U IH]; intros [|v V] r k; [apply L|apply L|apply R|].
  destruct r as [|r]; [|exact (IH V r k)]. unfold at_. cbn [merges nth]. apply merge_nth.
Qed.
Lemma mergeQ_ok marks M A r k : 0 < IZR (den M) -> 0 < IZR (den A) ->
  ent (mergeQ marks M A) r k = match place marks k with Some i => ent M r i | None => ent A r k end.
Proof.
  intros HM HA. unfold ent, mergeQ. cbn [num den]. rewrite merges_at.
  destruct (place marks k); rewrite !mult_IZR; field; lra.
Qed.
Lemma set_layerQ_ok c A : change_ok c = true -> 0 < IZR (den A) -> ent (set_layerQ c A) = set_layer c (ent A).
Proof.
  intros C HA. unfold change_ok in C. band C C1 C2. destruct c as [w b m]. cbn [weight bias] in *.
  assert (Tl : 0 < IZR (den (QM (den A) (tl (num A))))) by exact HA.
  assert (Case : forall w' b', 0 < IZR (den w') -> 0 < IZR (den b') ->
    ent (red (QM (den b' * den w') (map (Z.mul (den w')) (nth 0 (num b') []) :: map (map (Z.mul (den b'))) (num w')))) =
    fun r k => match r with O => ent b' O k | Datatypes.S r' => ent w' r' k end).
  { intros w' b' Hw Hb. extensionality r. extensionality k.
    assert (P : 0 < IZR (den b' * den w')) by (rewrite mult_IZR; nra).
    match goal with |- ent (red ?M) _ _ = _ => destruct (red_ok M P) as (_ & E & _) end. rewrite E.
    unfold ent at 1. cbn [num den]. rewrite mult_IZR. destruct r as [|r].
    - unfold at_. cbn [nth]. rewrite nth_scale, mult_IZR. unfold ent, at_. field. lra.
    - change (at_ (_ :: ?x) (Datatypes.S r) k) with (at_ x r k). 
      rewrite at_scale, mult_IZR. unfold ent. field. lra. }
  assert (MP : forall l M B, 0 < IZR (den M) -> 0 < IZR (den B) -> 0 < IZR (den (mergeQ l M B)))
    by (intros; unfold mergeQ; cbn [den]; rewrite mult_IZR; nra).
  unfold set_layerQ, set_layer. cbn [weight bias marked].
  destruct w as [w|]; destruct b as [b|]; cbn [weight bias marked]; try apply pos in C1; try apply pos in C2;
    destruct m as [m|]; try (rewrite Case by (try apply MP; assumption));
    extensionality r; extensionality k; try (destruct r as [|r]); rewrite ?mergeQ_ok by assumption;
    try (destruct (place m k)); try reflexivity; try apply tl_at.
Qed.
Lemma set_layerQ_pos c A : change_ok c = true -> 0 < IZR (den A) -> 0 < IZR (den (set_layerQ c A)).
Proof.
  intros C HA. unfold change_ok in C. band C C1 C2. destruct c as [w b m]. unfold set_layerQ. cbn [weight bias marked] in *.
  destruct w as [w|]; destruct b as [b|]; try apply pos in C1; try apply pos in C2; try assumption;
    destruct m as [m|]; unfold mergeQ; cbn [den];
    (match goal with |- 0 < IZR (den (red ?M)) => destruct (red_ok M) as [K _]; [cbn [den]; rewrite ?mult_IZR; repeat apply Rmult_lt_0_compat; assumption|exact K] end).
Qed.
Lemma set_layersQ_ok : forall cs As, forallb change_ok cs = true -> length cs = length As -> dens_ok As ->
  real (set_layersQ cs As) = set_layers cs (real As).
Proof.
  induction cs as [|c cs IH]; intros [|A As] C L D; try discriminate.
  - extensionality l. extensionality r. extensionality k. destruct l, r; reflexivity.
  - cbn [forallb] in C. band C C1 C2. extensionality l. destruct l as [|l].
    + change (real (set_layersQ (c :: cs) (A :: As)) 0%nat) with (ent (set_layerQ c A)).
      rewrite set_layerQ_ok; [reflexivity|assumption|apply D; now left].
    + change (real (set_layersQ (c :: cs) (A :: As)) (Datatypes.S l)) with (real (set_layersQ cs As) l).
      rewrite IH; [reflexivity|assumption|now inversion L|]. intros B HB. apply D. now right.
Qed.

(* What rests is not computed again. *)
Lemma same_eq A B : same A B = true -> A = B.
Proof.
  unfold same. intros H. band H D H. apply Z.eqb_eq in D. destruct A as [a U], B as [b V]. cbn [den num] in *. subst b. f_equal.
  assert (Row : forall u v, all2 Z.eqb u v = true -> u = v).
  { induction u as [|x u IH]; intros [|y v] K; try discriminate; [reflexivity|]. cbn [all2] in K. band K E K. apply Z.eqb_eq in E. f_equal; auto. }
  revert V H. induction U as [|u U IH]; intros [|v V] K; try discriminate; [reflexivity|]. cbn [all2] in K. band K E K. f_equal; auto.
Qed.
Lemma pres_from_ok s : forall As F Bs, pres_from s F Bs (pres s F Bs) As = pres s F As.
Proof.
  induction As as [|A As IH]; intros F Bs; [destruct Bs; reflexivity|]. destruct Bs as [|B Bs]; [reflexivity|].
  cbn [pres_from pres]. destruct (same A B) eqn:E; [|reflexivity]. apply same_eq in E. subst B. f_equal.
  destruct As as [|A' As]; [reflexivity|]. destruct Bs as [|B Bs]; [reflexivity|]. apply IH.
Qed.
Lemma vert_from_ok s X Bs As : vert_from s X (vert s X Bs) As = vert s X As.
Proof. unfold vert_from, vert. cbn [fst snd]. now rewrite pres_from_ok. Qed.

Section Main.
  Variable S : setting.
  Notation s := (sact S).
  Notation ws := (widths S).
  Notation X := (inputs S).
  Notation o := (outs S).
  Notation N := (length (num (inputs S))).
  Variable cuts : hint.
  Hypothesis W : wf_act s = true.
  Hypothesis HX : 0 < IZR (den X).
  Notation out_at p := (output (sigma s) ws (ent X) p).

  (* a vertex, and the network that it is *)
  Definition good As := 0 < IZR (den (out (vert s X As))) /\
    agree N o (out_at (real As)) (ent (out (vert s X As))).
  Lemma line_good As v : line_ok s false ws (vert s X As) (vert s X v) = true -> good As /\ good v.
  Proof.
    intros L. destruct (line_dens _ _ _ _ _ L) as [D D']. apply (last_pres_pos s X) in D, D'; try assumption; try now apply wf_den.
    assert (P := fun lam Hl => line_sound s ws X As v lam W HX Hl L).
    split; split; try assumption; intros i j Hi _.
    - specialize (P 0 ltac:(lra) i j Hi). rewrite lerp_0 in P. rewrite P. ring.
    - specialize (P 1 ltac:(lra) i j Hi). rewrite lerp_1 in P. rewrite P. ring.
  Qed.

  (* a line, whether its features and weights move by turns or at once *)
  Lemma straight_dens As Bs : straight S (vert s X As) (vert s X Bs) = true ->
    (forall A, In A As -> 0 < IZR (den A)) /\ (forall A, In A Bs -> 0 < IZR (den A)).
  Proof.
    unfold straight, curved_ok. intros H. apply orb_prop in H. destruct H as [H|H]; [now apply line_dens in H|].
    band H H H'. band H LA LB. apply line_dens in LA, LB. split; [apply LA|apply LB].
  Qed.
  Lemma straight_good As Bs : straight S (vert s X As) (vert s X Bs) = true -> good As /\ good Bs.
  Proof.
    unfold straight, curved_ok. intros H. apply orb_prop in H. destruct H as [H|H]; [now apply line_good|].
    band H H H'. band H LA LB. apply line_good in LA, LB. split; [apply LA|apply LB].
  Qed.
  Lemma straight_sound As Bs lam : 0 <= lam <= 1 -> straight S (vert s X As) (vert s X Bs) = true ->
    forall i j, (i < N)%nat -> out_at (lerp lam (real As) (real Bs)) i j =
      (1 - lam) * ent (out (vert s X As)) i j + lam * ent (out (vert s X Bs)) i j.
  Proof.
    unfold straight, curved_ok. intros Hl H i j Hi. apply orb_prop in H. destruct H as [H|H]; [now apply line_sound|].
    band H H C. band H LA LB. cbn [vert fst] in C. change (fst (vert s X As)) with As in C. change (fst (vert s X Bs)) with Bs in C.
    destruct (outP s N ws [X] As Bs) as [P|] eqn:E; [|discriminate].
    assert (At : forall l, 0 <= l <= 1 -> out_at (lerp l (real As) (real Bs)) i j = entP P l i j).
    { intros l Hl'. apply (outP_sound s N l W Hl' ws [X] As Bs (ent X) P E); try assumption.
      - intros A [<-|[]]. exact HX.
      - intros i' k _ _. right. cbn [entP]. ring. }
    rewrite At, (entP_straight P lam) by assumption. rewrite <- !At by lra. rewrite lerp_0, lerp_1.
    assert (EA := line_sound s ws X As As 0 W HX ltac:(lra) LA i j Hi). assert (EB := line_sound s ws X Bs Bs 0 W HX ltac:(lra) LB i j Hi).
    rewrite lerp_0 in EA, EB. rewrite EA, EB. ring.
  Qed.

  (* a line in pieces *)
  Lemma lerpQ_ent p q A B : 0 < IZR q -> 0 < IZR (den A) -> 0 < IZR (den B) ->
    ent (lerpQ p q A B) = fun r c => (1 - IZR p / IZR q) * ent A r c + IZR p / IZR q * ent B r c.
  Proof.
    intros Hq HA HB. extensionality r. extensionality c. unfold lerpQ. cbv zeta.
    assert (HM := linQ_pos (q - p) p A B HA HB). assert (HL := linQ_ent (q - p) p A B r c HA HB).
    set (M := linQ (q - p) A p B) in *.
    assert (P : 0 < IZR (den (QM (q * den M) (num M)))) by (cbn [den]; rewrite mult_IZR; nra).
    destruct (red_ok _ P) as (_ & -> & _).
    transitivity (ent M r c / IZR q); [unfold ent; cbn [num den]; rewrite mult_IZR; field; lra|].
    rewrite HL, minus_IZR. field. lra.
  Qed.
  Lemma map2_lerp p q : 0 < IZR q -> forall As Bs, length As = length Bs -> dens_ok As -> dens_ok Bs ->
    real (map2 (lerpQ p q) As Bs) = lerp (IZR p / IZR q) (real As) (real Bs).
  Proof.
    intros Hq. induction As as [|A As IH]; intros [|B Bs] L DA DB; try discriminate; extensionality l.
    - extensionality r. extensionality c. unfold lerp, real. destruct l; cbn [map2 nth]; unfold ent; cbn [num den]; rewrite !at_nil; lra.
    - destruct l as [|l].
      + change (real (map2 (lerpQ p q) (A :: As) (B :: Bs)) 0%nat) with (ent (lerpQ p q A B)).
        rewrite lerpQ_ent; [reflexivity|assumption|apply DA; now left|apply DB; now left].
      + change (real (map2 (lerpQ p q) (A :: As) (B :: Bs)) (Datatypes.S l)) with (real (map2 (lerpQ p q) As Bs) l).
        rewrite IH; [reflexivity|now inversion L| |]; intros C HC; [apply DA|apply DB]; now right.
  Qed.
  Lemma set_layersQ_length : forall cs As, length (set_layersQ cs As) = length As.
  Proof. induction cs as [|c cs IH]; intros [|A As]; simpl; auto. Qed.

  Definition between (vs : list vertex) (p : params) : Prop :=
    exists v v' u, In v vs /\ In v' vs /\ 0 <= u <= 1 /\
      agree N o (out_at p) (fun i j => (1 - u) * ent (out v) i j + u * ent (out v') i j).
  Definition pos_out (vs : list vertex) : Prop := forall v, In v vs -> 0 < IZR (den (out v)).

  Lemma between_line P Q a b t Cs Ds vs : a < b -> a <= t <= b -> real Cs = lerp a P Q -> real Ds = lerp b P Q ->
    straight S (vert s X Cs) (vert s X Ds) = true -> In (vert s X Cs) vs -> In (vert s X Ds) vs -> between vs (lerp t P Q).
  Proof.
    intros Hab Ht EC ED L IC ID. exists (vert s X Cs), (vert s X Ds), ((t - a) / (b - a)).
    assert (Hu : 0 <= (t - a) / (b - a) <= 1).
    { split; [apply Rmult_le_pos; [lra|left; apply Rinv_0_lt_compat; lra]|].
      apply Rmult_le_reg_r with (b - a); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    repeat split; try assumption; try apply Hu.
    assert (E : lerp t P Q = lerp ((t - a) / (b - a)) (real Cs) (real Ds)).
    { rewrite EC, ED. unfold lerp. extensionality l. extensionality r. extensionality c. field. lra. }
    rewrite E. intros i j Hi _. now apply straight_sound.
  Qed.
  Lemma pieces_sound As Bs : length As = length Bs -> dens_ok As -> dens_ok Bs ->
    forall cs p q Cs vs, 0 < IZR q -> real Cs = lerp (IZR p / IZR q) (real As) (real Bs) ->
    pieces S As Bs (vert s X Bs) p q (vert s X Cs) cs = Some vs ->
    pos_out (vert s X Cs :: vs) /\ In (vert s X Bs) vs /\ agree N o (out_at (real Cs)) (ent (out (vert s X Cs))) /\
    agree N o (out_at (real Bs)) (ent (out (vert s X Bs))) /\ IZR p / IZR q < 1 /\
    forall t, IZR p / IZR q <= t <= 1 -> between (vert s X Cs :: vs) (lerp t (real As) (real Bs)).
  Proof.
    intros LL DA DB. induction cs as [|[p' q'] cs IH]; intros p q Cs vs Hq EC H; cbn [pieces] in H.
    - destruct ((p <? q)%Z && straight S (vert s X Cs) (vert s X Bs)) eqn:C; [|discriminate]. band C PQ L. inversion H; subst vs.
      apply Z.ltb_lt, IZR_lt in PQ. destruct (straight_good _ _ L) as [[G1 G2] [G3 G4]].
      assert (Lt : IZR p / IZR q < 1) by (apply Rmult_lt_reg_r with (IZR q); [assumption|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
      repeat split; try assumption.
      + intros v [<-|[<-|[]]]; assumption.
      + now left.
      + intros t Ht. apply (between_line _ _ (IZR p / IZR q) 1 t Cs Bs); try assumption; [now rewrite lerp_1|now left|right; now left].
    - cbv zeta in H. rewrite vert_from_ok in H. set (Es := map2 (lerpQ p' q') As Bs) in *.
      destruct ((0 <? q')%Z && (p * q' <? p' * q)%Z && straight S (vert s X Cs) (vert s X Es)) eqn:C; [|discriminate].
      band C C L. band C Hq' PQ. apply pos in Hq'. apply Z.ltb_lt, IZR_lt in PQ. rewrite !mult_IZR in PQ.
      destruct (pieces S As Bs (vert s X Bs) p' q' (vert s X Es) cs) as [us|] eqn:E; [|discriminate]. inversion H; subst vs; clear H.
      assert (EE : real Es = lerp (IZR p' / IZR q') (real As) (real Bs)) by (apply map2_lerp; assumption).
      destruct (IH p' q' Es us Hq' EE E) as (I1 & I2 & I3 & I4 & I5 & I6). destruct (straight_good _ _ L) as [[G1 G2] _].
      assert (Lt : IZR p / IZR q < IZR p' / IZR q').
      { apply Rmult_lt_reg_r with (IZR q * IZR q'); [nra|]. replace (IZR p / IZR q * (IZR q * IZR q')) with (IZR p * IZR q') by (field; lra).
        replace (IZR p' / IZR q' * (IZR q * IZR q')) with (IZR p' * IZR q) by (field; lra). assumption. }
      repeat split; try assumption; try lra.
      + intros v [<-|K]; [assumption|]. now apply I1.
      + now right.
      + intros t Ht. destruct (Rle_dec t (IZR p' / IZR q')).
        * apply (between_line _ _ (IZR p / IZR q) (IZR p' / IZR q') t Cs Es); try assumption; [lra|now left|right; now left].
        * destruct (I6 t ltac:(lra)) as (v & v' & u & V & V' & Hu & K). exists v, v', u. split; [now right|]. split; [now right|]. now split.
  Qed.

  Lemma line_step to As v1 us : step S cuts (vert s X As) (Line to) = Some (v1, us) ->
    exists Bs cs, v1 = vert s X Bs /\ length As = length Bs /\ dens_ok As /\ dens_ok Bs /\ real Bs = set_layers to (real As) /\
    pieces S As Bs (vert s X Bs) 0 1 (vert s X As) cs = Some us.
  Proof.
    intros H. cbn [step] in H. rewrite vert_from_ok in H.
    destruct (changes_ok to (fst (vert s X As))) eqn:CO; [|discriminate]. unfold changes_ok in CO. band CO CO CL. apply Nat.eqb_eq in CL.
    cbn [fst vert] in *. change (fst (As, pres s X As)) with As in *.
    set (Bs := set_layersQ to As) in *.
    assert (E0 : v1 = vert s X Bs /\ exists cs, pieces S As Bs (vert s X Bs) 0 1 (vert s X As) cs = Some us).
    { destruct (pieces S As Bs (vert s X Bs) 0 1 (vert s X As) []) as [vs|] eqn:E.
      - inversion H; subst. split; [reflexivity|]. now exists [].
      - destruct (pieces _ _ _ _ _ _ _ (cuts As Bs)) as [vs|] eqn:E'; [|discriminate]. inversion H; subst. split; [reflexivity|]. now exists (cuts As Bs). }
    clear H. destruct E0 as (-> & cs & E). exists Bs, cs.
    assert (D : dens_ok As /\ (dens_ok As -> dens_ok Bs)).
    { split.
      - destruct cs as [|[p' q'] cs]; cbn [pieces] in E.
        + destruct ((0 <? 1)%Z && straight S (vert s X As) (vert s X Bs)) eqn:C; [|discriminate]. band C C L. now apply straight_dens in L.
        + cbv zeta in E. rewrite vert_from_ok in E. match type of E with (if ?c then _ else _) = _ => destruct c eqn:C; [|discriminate] end. band C C L. now apply straight_dens in L.
      - clear -CO. unfold Bs. clear Bs. revert As. induction to as [|c to IH]; intros [|A As] D B HB; simpl in HB; try (now apply D).
        cbn [forallb] in CO. band CO C1 CO. destruct HB as [<-|HB].
        + apply set_layerQ_pos; [assumption|apply D; now left].
        + apply (IH CO As); [intros ? ?; apply D; now right|assumption]. }
    destruct D as [DA DB]. specialize (DB DA). split; [reflexivity|]. split; [exact (eq_sym (set_layersQ_length to As))|].
    split; [exact DA|]. split; [exact DB|]. split; [now apply set_layersQ_ok|exact E].
  Qed.

  Lemma follow_step skip depth T Rt Ls up As v1 us :
    let mv := Follow skip depth T Rt Ls up in
    step S cuts (vert s X As) mv = Some (v1, us) ->
    exists Bs, v1 = vert s X Bs /\ us = [v1] /\ go S mv (real As) 1 = real Bs /\ good As /\ good Bs /\
    (forall t, agree N o (out_at (go S mv (real As) t)) (fun i j => (1 - t) * ent (out (vert s X As)) i j + t * ent (out v1) i j)) /\
    go S mv (real As) 0 = real As /\ forall l r c, continuity (fun t => go S mv (real As) t l r c).
  Proof.
    intros mv H. unfold mv in *. cbn [step go] in *.
    destruct (inverses s (sinv S) && wf_act (sinv S) && net_ok S (vert s X As) && change_ok up) eqn:C; [|discriminate].
    band C C CU. band C C NK. destruct (line_dens _ _ _ _ _ NK) as [DA _].
    set (upQ := set_layerQ up (nth (skip + Datatypes.S depth) (fst (vert s X As)) (QM 1 []))) in *.
    assert (EU : set_layer up (real As (skip + Datatypes.S depth)%nat) = ent upQ)
      by (symmetry; apply set_layerQ_ok; [assumption|now apply dens_nth]). rewrite EU. band C IV Wg. destruct (inverses_ok _ _ W Wg IV) as [I1 I2].
    destruct (followQ s (sinv S) N o T upQ skip depth ws X (fst (vert s X As)) Rt Ls) as [Bs|] eqn:E; [|discriminate].
    cbv zeta in H. rewrite vert_from_ok in H.
    destruct (net_ok S (vert s X Bs)) eqn:NB; [|discriminate]. inversion H; subst v1 us; clear H. exists Bs.
    destruct (line_good _ _ NK) as [G _]. destruct (line_good _ _ NB) as [G' _].
    destruct (follow_sound s (sinv S) N o T upQ W Wg I1 skip depth ws X As Rt Ls (ent X) Bs E HX eq_refl) as (F1 & O' & F2);
      [intros i k _ _; reflexivity|].
    repeat split; try apply G; try apply G'.
    - exact F1.
    - intros t i j Hi Hj. rewrite (F2 t i j Hi Hj). destruct G as [_ G], G' as [_ G'].
      assert (K := F2 1 i j Hi Hj). rewrite F1 in K. rewrite (G' i j Hi Hj) in K. rewrite K, (G i j Hi Hj). ring.
    - apply follow_0. exact I2.
    - intros. apply cont_follow. now apply sigma_continuous.
  Qed.

  Lemma real_start As Bs : real As = lerp (IZR 0 / IZR 1) (real As) (real Bs).
  Proof. replace (IZR 0 / IZR 1) with 0 by field. now rewrite lerp_0. Qed.
  Lemma step_sound mv As v1 us : step S cuts (vert s X As) mv = Some (v1, us) ->
    exists As', v1 = vert s X As' /\ go S mv (real As) 1 = real As' /\ good As /\ good As' /\
    pos_out (vert s X As :: us) /\ In v1 us /\
    (forall t, 0 <= t <= 1 -> between (vert s X As :: us) (go S mv (real As) t)) /\
    go S mv (real As) 0 = real As /\ forall l r c, continuity (fun t => go S mv (real As) t l r c).
  Proof.
    intros H. destruct mv as [to|skip depth T Rt Ls up].
    - destruct (line_step to As v1 us H) as (Bs & cs & -> & LL & DA & DB & E' & E). exists Bs. cbn [go]. rewrite <- E'.
      destruct (pieces_sound As Bs LL DA DB cs 0 1 As us ltac:(lra) (real_start As Bs) E) as (P1 & P2 & P3 & P4 & _ & P5).
      repeat split; try assumption; try apply lerp_1; try apply lerp_0.
      + apply P1. now left.
      + apply P1. now right.
      + intros t Ht. apply P5. lra.
      + intros. apply cont_lerp.
    - destruct (follow_step skip depth T Rt Ls up As v1 us H) as (Bs & E & -> & G1 & G & G' & P & G0 & C). rewrite E in *. exists Bs.
      split; [reflexivity|]. split; [exact G1|]. split; [exact G|]. split; [exact G'|].
      split; [intros v [<-|[<-|[]]]; [apply G|apply G']|]. split; [now left|].
      split; [|split; [exact G0|exact C]].
      intros t Ht. exists (vert s X As), (vert s X Bs), t. split; [now left|]. split; [right; now left|]. split; [exact Ht|apply P].
  Qed.

  Lemma between_more us vs p : (forall v, In v us -> In v vs) -> between us p -> between vs p.
  Proof. intros I (v & v' & u & V & V' & K). exists v, v', u. split; [now apply I|]. split; [now apply I|]. exact K. Qed.

  (* the walk, seen from the outputs *)
  Lemma walk_sound : forall ms As w vs, walk S cuts (vert s X As) ms = Some (w, vs) -> ms <> [] ->
    pos_out (vert s X As :: vs) /\ In w vs /\
    agree N o (out_at (real As)) (ent (out (vert s X As))) /\
    agree N o (out_at (final S (real As) ms)) (ent (out w)) /\
    (forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> between (vert s X As :: vs) (point S (real As) ms m t)) /\
    (forall m, (m < length ms)%nat -> forall l r c, continuity (fun t => point S (real As) ms m t l r c)) /\
    point S (real As) ms O 0 = real As /\
    (forall m, (Datatypes.S m < length ms)%nat -> point S (real As) ms (Datatypes.S m) 0 = point S (real As) ms m 1) /\
    point S (real As) ms (length ms - 1) 1 = final S (real As) ms.
  Proof.
    induction ms as [|mv ms IH]; intros As w vs H NE; [contradiction|]. clear NE. cbn [walk] in H.
    destruct (step S cuts (vert s X As) mv) as [[v1 us]|] eqn:L; [|discriminate].
    destruct (walk S cuts v1 ms) as [[w' vs']|] eqn:E; [|discriminate]. inversion H; subst w' vs; clear H.
    destruct (step_sound mv As v1 us L) as (As' & -> & G1 & [D S0] & [D' S1] & PO & IU & P & G0 & C).
    assert (P0 : forall vs' t, 0 <= t <= 1 -> between (vert s X As :: us ++ vs') (go S mv (real As) t)).
    { intros ys t Ht. apply (between_more (vert s X As :: us)); [|now apply P].
      intros v [<-|K]; [now left|right; apply in_or_app; now left]. }
    destruct ms as [|mv' ms].
    - simpl in E. inversion E; subst w vs'; clear E.
      split; [|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]].
      + rewrite app_nil_r. exact PO.
      + rewrite app_nil_r. exact IU.
      + exact S0.
      + simpl. rewrite G1. exact S1.
      + intros [|m] t Hm Ht; simpl in Hm; [|lia]. now apply P0.
      + intros [|m] Hm; simpl in Hm; [|lia]. exact C.
      + exact G0.
      + intros m Hm. simpl in Hm. lia.
      + reflexivity.
    - destruct (IH As' w vs' E ltac:(discriminate)) as (I1 & I2 & _ & I3 & I4 & I5 & I6 & I7 & I8).
      split; [|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]].
      + intros v [<-|K]; [assumption|]. apply in_app_or in K. destruct K as [K|K]; [apply PO; now right|apply I1; now right].
      + apply in_or_app. now right.
      + exact S0.
      + change (final S (real As) (mv :: mv' :: ms)) with (final S (go S mv (real As) 1) (mv' :: ms)). rewrite G1. exact I3.
      + intros [|m] t Hm Ht; [now apply P0|]. cbn [point]. rewrite G1.
        apply (between_more (vert s X As' :: vs')); [|apply I4; [simpl in *; lia|assumption]].
        intros v [<-|K]; right; apply in_or_app; [now left|now right].
      + intros [|m] Hm; [exact C|]. cbn [point]. rewrite G1. apply I5. simpl in *. lia.
      + exact G0.
      + intros [|m] Hm; cbn [point]; rewrite G1; [exact I6|]. apply I7. simpl in *. lia.
      + replace (length (mv :: mv' :: ms) - 1)%nat with (Datatypes.S (length (mv' :: ms) - 1)) by (simpl; lia).
        change (point S (go S mv (real As) 1) (mv' :: ms) (length (mv' :: ms) - 1) 1 = final S (go S mv (real As) 1) (mv' :: ms)).
        now rewrite G1.
  Qed.
End Main.

Lemma start_ok S start zero : zero = map (fun _ => QM 1 []) (widths S) ->
  wf_act (sact S) && (0 <? den (inputs S))%Z && changes_ok start zero = true ->
  wf_act (sact S) = true /\ 0 < IZR (den (inputs S)) /\ first_net start = real (set_layersQ start zero).
Proof.
  intros Z C. band C C CO. band C W HX. split; [assumption|]. split; [now apply pos|].
  unfold changes_ok in CO. band CO CO CL. apply Nat.eqb_eq in CL. rewrite set_layersQ_ok; [|assumption|assumption|].
  - unfold first_net, set_layers. extensionality l. f_equal. extensionality r. extensionality c. unfold real.
    assert (E : nth l zero (QM 1 []) = QM 1 []).
    { subst zero. clear. revert l. induction (widths S); intros [|l']; simpl; auto. }
    rewrite E. unfold ent. cbn [num den]. rewrite at_nil. lra.
  - intros A HA. subst zero. apply in_map_iff in HA. destruct HA as (n & <- & _). simpl. lra.
Qed.

Lemma walk_final S cuts : wf_act (sact S) = true -> 0 < IZR (den (inputs S)) -> forall ms As w vs,
  walk S cuts (vert (sact S) (inputs S) As) ms = Some (w, vs) ->
  exists Bs, w = vert (sact S) (inputs S) Bs /\ final S (real As) ms = real Bs.
Proof.
  intros W HX. induction ms as [|mv ms IH]; intros As w vs H; cbn [walk] in H.
  - inversion H. exists As. split; reflexivity.
  - destruct (step S cuts (vert (sact S) (inputs S) As) mv) as [[v1 us]|] eqn:L; [|discriminate].
    destruct (walk S cuts v1 ms) as [[w' vs']|] eqn:E; [|discriminate]. inversion H; subst w' vs; clear H.
    destruct (step_sound S cuts W HX mv As v1 us L) as (As' & -> & G1 & _).
    destruct (IH As' w vs' E) as (Bs & B1 & B2). exists Bs. split; [assumption|].
    change (final S (real As) (mv :: ms)) with (final S (go S mv (real As) 1) ms). now rewrite G1.
Qed.
Lemma real_zero S : real (zero_nets S) = fun _ _ _ => 0.
Proof.
  extensionality l. extensionality r. extensionality c. unfold real.
  assert (E : nth l (zero_nets S) (QM 1 []) = QM 1 []).
  { unfold zero_nets. revert l. induction (widths S); intros [|l']; simpl; auto. }
  rewrite E. unfold ent. cbn [num den]. rewrite at_nil. lra.
Qed.
Lemma set_layersQ_dens : forall cs As, forallb change_ok cs = true -> dens_ok As -> dens_ok (set_layersQ cs As).
Proof.
  induction cs as [|c cs IH]; intros [|A As] C D B HB; simpl in HB; try (now apply D).
  cbn [forallb] in C. band C C1 C. destruct HB as [<-|HB].
  - apply set_layerQ_pos; [assumption|apply D; now left].
  - apply (IH As); try assumption. intros ? ?; apply D; now right.
Qed.
Lemma map2_add : forall Bs Ds, length Bs = length Ds -> dens_ok Bs -> dens_ok Ds ->
  real (map2 (fun A B => red (linQ 1 A 1 B)) Bs Ds) = along 1 (real Bs) (real Ds).
Proof.
  induction Bs as [|A Bs IH]; intros [|B Ds] L DA DB; try discriminate; extensionality l; extensionality r; extensionality c.
  - unfold along, real. destruct l; cbn [map2 nth]; unfold ent; cbn [num den]; rewrite !at_nil; lra.
  - assert (PA : 0 < IZR (den A)) by (apply DA; now left). assert (PB : 0 < IZR (den B)) by (apply DB; now left).
    destruct l as [|l].
    + change (ent (red (linQ 1 A 1 B)) r c = ent A r c + 1 * ent B r c).
      destruct (red_ok _ (linQ_pos 1 1 A B PA PB)) as (_ & -> & _). rewrite linQ_ent by assumption. ring.
    + change (real (map2 (fun A B => red (linQ 1 A 1 B)) Bs Ds) l r c = along 1 (real Bs) (real Ds) l r c).
      rewrite IH; [reflexivity|now inversion L| |]; intros C HC; [apply DA|apply DB]; now right.
Qed.
Lemma not_all_zero Ds : dens_ok Ds -> forallb (fun A => forallb (forallb is0) (num A)) Ds = false ->
  exists l r c, real Ds l r c <> 0.
Proof.
  intros D. assert (Row : forall u, forallb is0 u = false -> exists c, nth c u 0%Z <> 0%Z).
  { induction u as [|x u IH]; intros H; [discriminate|]. cbn [forallb] in H. destruct (is0 x) eqn:E.
    - destruct (IH H) as [c Hc]. now exists (Datatypes.S c).
    - exists O. now apply Z.eqb_neq. }
  assert (Mat : forall U, forallb (forallb is0) U = false -> exists r c, at_ U r c <> 0%Z).
  { induction U as [|u U IH]; intros H; [discriminate|]. cbn [forallb] in H. destruct (forallb is0 u) eqn:E.
    - destruct (IH H) as (r & c & K). now exists (Datatypes.S r), c.
    - destruct (Row u E) as [c K]. now exists O, c. }
  induction Ds as [|A Ds IH]; intros H; [discriminate|]. cbn [forallb] in H.
  destruct (forallb (forallb is0) (num A)) eqn:E.
  - destruct IH as (l & r & c & K); [intros ? ?; apply D; now right|exact H|]. now exists (Datatypes.S l), r, c.
  - destruct (Mat _ E) as (r & c & K). exists O, r, c. change (ent A r c <> 0). unfold ent.
    assert (PA : 0 < IZR (den A)) by (apply D; now left). intros Z. apply K. apply eq_IZR.
    replace (IZR (at_ (num A) r c)) with (IZR (at_ (num A) r c) / IZR (den A) * IZR (den A)) by (field; lra). rewrite Z. ring.
Qed.
