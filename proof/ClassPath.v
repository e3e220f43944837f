(* A chain of inputs on which a class wins. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Objects Check CheckObjects Sound Follow FollowNet Walk Chain.
Import ListNotations.
Open Scope R_scope.

(* A network reads one row of inputs, in as many columns as it has inputs. *)
Lemma output_ext sg o n ws F G net : agree 1 n F G -> agree 1 o (output sg (n :: ws) F net) (output sg (n :: ws) G net).
Proof.
  intros H. rewrite !output_above. apply above_ext. intros i k Hi _. now apply (pre_ext 1).
Qed.

Lemma row_wins_nth j x : forall u k i, row_wins j k x u = true -> (i < length u)%nat -> (k + i <> j)%nat -> (nth i u 0 < x)%Z.
Proof.
  induction u as [|y u IH]; intros k i H Hi Hk; simpl in Hi; [lia|]. cbn [row_wins] in H. band H H H'. destruct i as [|i].
  - apply orb_prop in H. destruct H as [H|H]; [apply Nat.eqb_eq in H; lia|now apply Z.ltb_lt].
  - apply (IH (S k)); [assumption|lia|lia].
Qed.
Lemma wins_sound o j F : wins o j F = true -> (j < o)%nat /\ wins_at o j (ent F).
Proof.
  unfold wins. cbv zeta. intros H. band H H Wi. band H Si Hj. apply Nat.ltb_lt in Hj. split; [assumption|]. intros k Hk Ne.
  destruct (sized_inv _ _ _ Si) as (P & _ & L). specialize (L O ltac:(lia)).
  assert (K := row_wins_nth _ _ _ _ k Wi ltac:(lia) ltac:(lia)). apply IZR_lt in K. unfold ent, at_.
  apply Rmult_lt_compat_r; [now apply Rinv_0_lt_compat|exact K].
Qed.

Lemma below_between u a b c d : 0 <= u <= 1 -> a < c -> b < d -> (1 - u) * a + u * b < (1 - u) * c + u * d.
Proof. intros Hu H H'. destruct (Req_dec u 1) as [->|]; [lra|]. assert (0 < 1 - u) by lra. nra. Qed.

Section Way.
  Variables (S : setting) (cuts : hint) (j : nat).
  Hypothesis W : wf_act (sact S) = true.
  Hypothesis HX : 0 < IZR (den (inputs S)).
  Hypothesis One : length (num (inputs S)) = 1%nat.
  Lemma way_sound As Bs t : length As = length Bs -> dens_ok As -> dens_ok Bs -> way_ok S cuts j As Bs = true -> 0 <= t <= 1 ->
    (j < outs S)%nat /\ wins_at (outs S) j (output (sigma (sact S)) (widths S) (ent (inputs S)) (lerp t (real As) (real Bs))).
  Proof.
    intros LL DA DB H Ht. unfold way_ok in H. cbv zeta in H. set (way := pieces _ _ _ _ _ _ _) in H.
    assert (E : exists cs vs, way cs = Some vs /\ forallb (fun v => wins (outs S) j (out v)) (vert (sact S) (inputs S) As :: vs) = true).
    { destruct (way []) as [vs|] eqn:E; [now exists [], vs|]. destruct (way (cuts As Bs)) as [vs|] eqn:E'; [now exists (cuts As Bs), vs|discriminate]. }
    clear H. destruct E as (cs & vs & E & H). unfold way in E. clear way.
    destruct (pieces_sound S W HX As Bs LL DA DB cs 0 1 As vs ltac:(lra) (real_start As Bs) E) as (_ & _ & _ & _ & _ & B).
    destruct (B t ltac:(lra)) as (v & v' & u & V & V' & Hu & O). rewrite One in O. rewrite forallb_forall in H.
    destruct (wins_sound _ _ _ (H v V)) as [Hj Wv]. destruct (wins_sound _ _ _ (H v' V')) as [_ Wv'].
    split; [exact Hj|]. intros k Hk Ne. rewrite !O by lia. specialize (Wv k Hk Ne). specialize (Wv' k Hk Ne).
    now apply below_between.
  Qed.
End Way.

Lemma layers_of_ok ws start : changes_ok start (map (fun _ => QM 1 []) ws) = true ->
  real (layers_of ws start) = first_net start /\ dens_ok (layers_of ws start).
Proof.
  intros C. unfold changes_ok in C. band C C L. apply Nat.eqb_eq in L.
  set (S := Setting (Act 1 (0, 0)%Z []) (Act 1 (0, 0)%Z []) (QM 1 []) ws O).
  assert (D : dens_ok (zero_nets S)) by (intros A HA; apply in_map_iff in HA; destruct HA as (n & <- & _); simpl; lra).
  assert (E := real_zero S). change (zero_nets S) with (map (fun _ : nat => QM 1 []) ws) in *. unfold layers_of. split.
  - rewrite set_layersQ_ok by assumption. now rewrite E.
  - now apply set_layersQ_dens.
Qed.

(* On every segment of a chain that is accepted the class wins, and its ends are joined in the class's region. *)
Theorem class_path_sound s cuts ws o start j x stops : check_class_path s cuts ws o start j x stops = true ->
  let net := first_net start in
  let all := map ent (x :: stops) in
  (forall k t, (k < length stops)%nat -> 0 <= t <= 1 ->
    region (sigma s) ws o net j (straight_to (nth k all (ent x)) (nth (Datatypes.S k) all (ent x)) t)) /\
  joined (region (sigma s) ws o net j) (ent x) (last all (ent x)).
Proof.
  intros H net all. unfold check_class_path in H. cbv zeta in H. destruct ws as [|n ws]; [discriminate|].
  set (As := layers_of (n :: ws) start) in *. destruct As as [|A As'] eqn:EA; [discriminate|].
  band H H Ws. band H H NE. band H H Si. band H H RA. band H W CO. apply negb_true_iff, Nat.eqb_neq in NE.
  destruct (layers_of_ok _ _ CO) as [EN D]. fold As in EN, D. rewrite EA in EN, D. fold net in EN.
  set (S := without_inputs s (n :: ws) o) in *.
  assert (PA : 0 < IZR (den A)) by (apply D; now left).
  assert (DS : forall y, sized 1 n y = true -> dens_ok (seen_at s (n :: ws) (A :: As') y)).
  { intros y Hy B [<-|HB]; [|apply D; now right]. destruct (sized_inv _ _ _ Hy) as (P & _).
    destruct (red_ok (preQ y A) (preQ_pos n y A P RA)) as [K _]. exact K. }
  assert (Seen : forall y c, sized 1 n y = true -> ent (red (preQ y A)) O c = pre n (ent y) (ent A) O c).
  { intros y c Hy. destruct (sized_inv _ _ _ Hy) as (P & L & _). destruct (red_ok (preQ y A) (preQ_pos n y A P RA)) as (_ & -> & _).
    apply preQ_ent; [assumption|assumption|lia]. }
  assert (Seg : forall y z t, sized 1 n y = true -> sized 1 n z = true ->
    way_ok S cuts j (seen_at s (n :: ws) (A :: As') y) (seen_at s (n :: ws) (A :: As') z) = true -> 0 <= t <= 1 ->
    region (sigma s) (n :: ws) o net j (straight_to (ent y) (ent z) t)).
  { intros y z t Hy Hz Wy Ht.
    destruct (way_sound S cuts j W ltac:(simpl; lra) eq_refl (seen_at s (n :: ws) (A :: As') y) (seen_at s (n :: ws) (A :: As') z) t eq_refl (DS y Hy) (DS z Hz) Wy Ht) as [Hj K].
    unfold S in K, Hj. cbn [sact widths inputs outs without_inputs tl] in K, Hj. unfold region. rewrite <- EN.
    assert (E : agree 1 o (output (sigma s) (O :: ws) (ent (QM 1 [[]])) (lerp t (real (red (preQ y A) :: As')) (real (red (preQ z A) :: As'))))
      (output (sigma s) (n :: ws) (straight_to (ent y) (ent z) t) (real (A :: As')))).
    { rewrite !output_above.
      replace (fun l => lerp t (real (red (preQ y A) :: As')) (real (red (preQ z A) :: As')) (Datatypes.S l)) with (fun l => real (A :: As') (Datatypes.S l)).
      2: { extensionality l. extensionality r. extensionality c. unfold lerp, real. cbn [nth]. ring. }
      apply above_ext. intros i c Hi _. replace i with O by lia. unfold lerp, real. cbn [nth]. unfold pre at 1. cbn [sum]. rewrite !Seen by assumption.
      unfold pre, straight_to. rewrite (sum_ext n (fun k => ((1 - t) * ent y 0%nat k + t * ent z 0%nat k) * ent A (Datatypes.S k) c)
        (fun k => (1 - t) * (ent y O k * ent A (Datatypes.S k) c) + t * (ent z O k * ent A (Datatypes.S k) c))) by (intros; ring).
      rewrite sum_lin. ring. }
    intros k Hk Ne. rewrite <- !E by lia. now apply K. }
  assert (All : forall d k t, (k < length stops)%nat -> 0 <= t <= 1 ->
    region (sigma s) (n :: ws) o net j (straight_to (nth k all d) (nth (Datatypes.S k) all d) t)).
  { unfold all. clear all NE. revert x Si Ws. induction stops as [|y stops IH]; intros x Si Ws d k t Hk Ht; [simpl in Hk; lia|].
    cbn [forallb] in Si. band Si Sx Si. cbn [ways_ok] in Ws. band Ws Wx Ws.
    destruct k as [|k].
    - apply Seg; try assumption. now band Si Sy Si.
    - apply (IH y Si Ws d k t); [simpl in Hk; lia|assumption]. }
  split; [exact (All (ent x))|]. unfold all. destruct stops as [|y stops]; [simpl in NE; lia|].
  apply (joined_chain _ (map ent (y :: stops))); [discriminate|].
  intros k t Hk Ht. rewrite map_length in Hk. now apply All.
Qed.
