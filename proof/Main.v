(* What an accepted certificate shows. *)
Require Import Reals List ZArith Bool Lra Lia FunctionalExtensionality Net Moves Check Sound Follow FollowNet Walk Losses Falls Curve.
Import ListNotations.
Open Scope R_scope.

Section Accepted.
  Variables (S : setting) (cuts : hint) (logs : log_hint) (start : list change) (ms : list move) (claims : list claim) (c : claim) (P Q : list qmat).
  Hypothesis accepted : check S cuts logs start ms claims = Some (c, (P, Q)).
  Notation N := (length (num (inputs S))).
  Notation output_of p := (output (sigma (sact S)) (widths S) (ent (inputs S)) p).
  Notation first := (first_net start).
  Notation last := (final S (first_net start) ms).

  Lemma check_inv : wf_act (sact S) && (0 <? den (inputs S))%Z && changes_ok start (zero_nets S) = true /\ In c claims /\
    P = set_layersQ start (zero_nets S) /\ exists w vs, fst w = Q /\
    walk S cuts (vert (sact S) (inputs S) P) ms = Some (w, vs) /\ holds S logs (vert (sact S) (inputs S) P) w vs c = true.
  Proof.
    unfold check in accepted. destruct (wf_act _ && _ && _) eqn:C; [|discriminate]. cbv zeta in accepted.
    destruct (walk _ _ _) as [[w vs]|] eqn:E; [|discriminate]. destruct (find _ _) as [d|] eqn:F; [|discriminate].
    inversion accepted as [[E0 E1 E2]]. destruct (find_some _ _ F) as [I H]. subst d.
    split; [reflexivity|]. split; [assumption|]. split; [reflexivity|]. cbn [fst vert]. exists w, vs. repeat split; assumption.
  Qed.

  (* The networks that are returned are the first and the last one. *)
  Theorem ends_sound : real P = first /\ real Q = last.
  Proof.
    destruct check_inv as (C & _ & EP & w & vs & EQ & E & _). destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es).
    rewrite Es, <- EP. split; [reflexivity|]. destruct (walk_final S cuts W HX ms P w vs E) as (Bs & -> & EB). now rewrite EB, <- EQ.
  Qed.

  (* The path is continuous, starts at the first network and goes on where it stopped. *)
  Theorem path_continuous : ms <> [] ->
    (forall m, (m < length ms)%nat -> forall l r k, continuity (fun t => point S first ms m t l r k)) /\
    point S first ms O 0 = first /\
    (forall m, (Datatypes.S m < length ms)%nat -> point S first ms (Datatypes.S m) 0 = point S first ms m 1) /\
    point S first ms (length ms - 1) 1 = last.
  Proof.
    intros NE. destruct check_inv as (C & _ & EP & w & vs & _ & E & _). destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es).
    rewrite Es, <- EP. apply (walk_sound S cuts W HX ms P w vs E NE).
  Qed.

  (* At every point of the path every convex loss is at most the larger one of the losses at the two ends. *)
  Theorem check_sound : c = Every ->
    forall phi, convex N (outs S) phi ->
    forall m t, (m < length ms)%nat -> 0 <= t <= 1 ->
    phi (output_of (point S first ms m t)) <= Rmax (phi (output_of first)) (phi (output_of last)).
  Proof.
    intros Ec phi Phi m t Hm Ht. destruct check_inv as (C & _ & EP & w & vs & _ & E & K). rewrite Ec in K. cbn [holds] in K.
    destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es). rewrite Es, <- EP.
    destruct (walk_sound S cuts W HX ms P w vs E ltac:(intros ->; simpl in Hm; lia)) as (D & IW & S0 & S1 & B & _).
    destruct (B m t Hm Ht) as (v & v' & x & V & V' & Hx & O). clear B.
    set (v0 := vert (sact S) (inputs S) P) in *.
    assert (Seg : forall y, In y (v0 :: vs) -> exists u, 0 <= u <= 1 /\ forall i j,
      ent (out y) i j = (1 - u) * ent (out v0) i j + u * ent (out w) i j).
    { intros y Hy. rewrite forallb_forall in K. specialize (K y Hy). unfold on_segment in K.
      eapply seg_sound; [| | |exact K]; apply D; [now left|now right|assumption]. }
    destruct (Seg v V) as (u & Hu & U), (Seg v' V') as (u' & Hu' & U').
    assert (Bound : phi (output_of (point S (real P) ms m t)) <=
      (1 - ((1 - x) * u + x * u')) * phi (output_of (real P)) + ((1 - x) * u + x * u') * phi (output_of (final S (real P) ms))).
    { apply Phi; [nra|]. intros i j Hi Hj. rewrite O, S0, S1, U, U' by assumption. ring. }
    revert Bound. generalize (phi (output_of (real P))) (phi (output_of (final S (real P) ms))). intros a b Bound.
    assert (H : 0 <= (1 - x) * u + x * u' <= 1) by nra.
    assert (Ha := Rmax_l a b). assert (Hb := Rmax_r a b). revert H Ha Hb Bound.
    generalize ((1 - x) * u + x * u') (Rmax a b). intros. nra.
  Qed.

  (* The moves are one curve, which passes their points in their order. *)
  Lemma curve_of_moves : ms <> [] -> exists r place, continuous r /\ r 0 = first /\ (forall t, 1 <= t -> r t = last) /\
    (forall t, (fst (place t) < length ms)%nat /\ 0 <= snd (place t) <= 1 /\ r t = point S first ms (fst (place t)) (snd (place t))) /\
    forall t t', 0 <= t -> t < t' -> t' <= 1 -> INR (fst (place t)) + snd (place t) < INR (fst (place t')) + snd (place t').
  Proof.
    intros NE. destruct (path_continuous NE) as (C & P0 & J & P1).
    assert (L : (0 < length ms)%nat) by (destruct ms; [contradiction|simpl; lia]).
    destruct (one_curve (point S first ms) (length ms - 1)) as (r & place & Cr & R0 & R1 & Rt & Order).
    - intros m Hm l i j. apply C. lia.
    - intros m Hm. apply J. lia.
    - exists r, place. split; [assumption|]. split; [rewrite R0 by lra; exact P0|]. split; [intros t Ht; rewrite R1 by lra; exact P1|].
      split; [|exact Order]. intros t. destruct (Rt t) as (Hm & Hu & E). split; [lia|]. now split.
  Qed.
  Lemma curve (set : params -> Prop) : ms <> [] ->
    (forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> set (point S first ms m t)) -> connected_in set first last.
  Proof.
    intros NE H. destruct (curve_of_moves NE) as (r & place & Cr & R0 & R1 & Rt & _). exists r. split; [exact Cr|]. split; [exact R0|].
    split; [apply R1; lra|]. intros t _. destruct (Rt t) as (Hm & Hu & ->). now apply H.
  Qed.

  (* In the paper's words: both networks are connected in every sublevel set that holds them, whatever the convex loss. *)
  Theorem connected_in_sublevel_sets : c = Every -> ms <> [] -> forall phi, convex N (outs S) phi ->
    let loss p := phi (output_of p) in
    forall alpha, sublevel loss alpha first -> sublevel loss alpha last -> connected_in (sublevel loss alpha) first last.
  Proof.
    intros Ec NE phi Phi loss alpha A B. apply (curve _ NE). intros m t Hm Ht. unfold sublevel in *.
    apply Rle_trans with (1 := check_sound Ec phi Phi m t Hm Ht). now apply Rmax_lub.
  Qed.

  (* A convex function of the output: what bounds it at the vertices bounds it everywhere. *)
  Theorem below_sound w vs phi b :
    wf_act (sact S) && (0 <? den (inputs S))%Z && changes_ok start (zero_nets S) = true ->
    let v := vert (sact S) (inputs S) (set_layersQ start (zero_nets S)) in
    walk S cuts v ms = Some (w, vs) -> convex N (outs S) phi ->
    (forall u, In u (v :: vs) -> phi (ent (out u)) <= b) ->
    forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> phi (output_of (point S first ms m t)) <= b.
  Proof.
    clear accepted. intros C v E Phi B m t Hm Ht. destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es). rewrite Es.
    destruct (walk_sound S cuts W HX ms _ w vs E ltac:(intros ->; simpl in Hm; lia)) as (_ & _ & _ & _ & P' & _).
    destruct (P' m t Hm Ht) as (a & b' & u & A & A' & Hu & O).
    assert (Ba := B a A). assert (Bb := B b' A'). assert (K := Phi _ _ _ u Hu O). nra.
  Qed.

  (* A loss with a name: what is found at the vertices, said of the networks *)
  Lemma named exp log l : (needs_exp l -> is_exp exp log) -> ms <> [] ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall ends_of, (forall v w vs, holds S logs v w vs c = true -> bounded_by logs l N (outs S) (ends_of v w) (v :: vs) = true) ->
    forall b, (forall v w e, In e (ends_of v w) -> (e = v /\ loss first <= b) \/ (e = w /\ loss last <= b)) ->
    forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> loss (point S first ms m t) <= b.
  Proof.
    intros X NE loss ends_of Holds b Two m t Hm Ht. destruct check_inv as (C & _ & EP & w & vs & _ & E & K). apply Holds in K.
    destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es).
    destruct (walk_sound S cuts W HX ms P w vs E NE) as (_ & IW & S0 & S1 & _).
    set (v := vert (sact S) (inputs S) P) in *.
    destruct (bounded_by_sound exp log logs l N (outs S) (ends_of v w) (v :: vs) X K) as [Phi B].
    { intros e He. destruct (Two v w e He) as [[-> _]|[-> _]]; [now left|now right]. }
    assert (E0 : loss first = value exp log l N (outs S) (ent (out v))) by (unfold loss; rewrite Es, <- EP; now apply (convex_agree N (outs S))).
    assert (E1 : loss last = value exp log l N (outs S) (ent (out w))) by (unfold loss; rewrite Es, <- EP; now apply (convex_agree N (outs S))).
    apply (below_sound w vs (value exp log l N (outs S)) b C); try assumption.
    - rewrite <- EP. exact E.
    - rewrite <- EP. intros u Hu. destruct (B u Hu) as (e & He & L). apply Rle_trans with (1 := L).
      destruct (Two v w e He) as [[-> I]|[-> I]]; [rewrite <- E0|rewrite <- E1]; exact I.
  Qed.

  (* The named loss is at most the larger one of its two ends. *)
  Theorem connected_sound l : c = Connected l -> forall exp log, (needs_exp l -> is_exp exp log) ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> loss (point S first ms m t) <= Rmax (loss first) (loss last).
  Proof.
    intros Ec exp log X loss m t Hm Ht. apply (named exp log l X ltac:(intros ->; simpl in Hm; lia) (fun v w => [v; w])); try assumption.
    - intros v w vs. now rewrite Ec.
    - intros v w e [<-|[<-|[]]]; [left|right]; (split; [reflexivity|]); [apply Rmax_l|apply Rmax_r].
  Qed.

  (* The named loss is at most its value at the start. *)
  Theorem descends_sound l : c = Descends l -> forall exp log, (needs_exp l -> is_exp exp log) ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> loss (point S first ms m t) <= loss first.
  Proof.
    intros Ec exp log X loss m t Hm Ht. destruct check_inv as (_ & _ & _ & w & vs & _).
    apply (named exp log l X ltac:(intros ->; simpl in Hm; lia) (fun v w => [v])); try assumption.
    - intros v ? us. now rewrite Ec.
    - intros v ? e [<-|[]]. left. split; [reflexivity|apply Rle_refl].
  Qed.

  (* The named loss on the way: point t of move m comes before point t' of move m' if m + t < m' + t'. *)
  Lemma on_the_way l strictly : c = Falls l strictly -> forall exp log, (needs_exp l -> is_exp exp log) ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall m t m' t', (m < length ms)%nat -> (m' < length ms)%nat -> 0 <= t <= 1 -> 0 <= t' <= 1 -> INR m + t < INR m' + t' ->
    below strictly (loss (point S first ms m' t')) (loss (point S first ms m t)).
  Proof.
    intros Ec exp log IE loss. destruct check_inv as (C & _ & EP & w & vs & _ & E & K). rewrite Ec in K. cbn [holds] in K. unfold falls_along in K.
    destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es). unfold loss. rewrite Es, <- EP.
    band K K Ch. band K L Si. apply (walk_falls S cuts logs W HX exp log l strictly IE L ms P w vs E); [|exact Ch].
    intros v Hv. rewrite forallb_forall in Si. now apply Si.
  Qed.

  (* It never rises. *)
  Theorem never_rises_sound l : c = Falls l false -> forall exp log, (needs_exp l -> is_exp exp log) ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall m t m' t', (m < length ms)%nat -> (m' < length ms)%nat -> 0 <= t <= 1 -> 0 <= t' <= 1 -> INR m + t <= INR m' + t' ->
    loss (point S first ms m' t') <= loss (point S first ms m t).
  Proof.
    intros Ec exp log IE loss m t m' t' Hm Hm' Ht Ht' [H|H]; [exact (on_the_way l false Ec exp log IE m t m' t' Hm Hm' Ht Ht' H)|].
    (* the same place: the same point, or the end of one move and the start of the next *)
    assert (NE : ms <> []) by (intros ->; simpl in Hm; lia). destruct (path_continuous NE) as (_ & _ & J & _).
    assert (Step : forall a b, INR a < INR b -> INR b <= INR a + 1 -> b = Datatypes.S a).
    { intros a b H1 H2. apply INR_lt in H1. rewrite <- S_INR in H2. apply INR_le in H2. lia. }
    destruct (Nat.lt_trichotomy m m') as [K|[K|K]].
    - assert (INR m < INR m') by now apply lt_INR. assert (E : m' = Datatypes.S m) by (apply Step; lra). subst m'. rewrite S_INR in H.
      replace t with 1 by lra. replace t' with 0 by lra. rewrite J by assumption. apply Rle_refl.
    - subst m'. replace t' with t by lra. apply Rle_refl.
    - assert (INR m' < INR m) by now apply lt_INR. assert (E : m = Datatypes.S m') by (apply Step; lra). subst m. rewrite S_INR in H.
      replace t' with 1 by lra. replace t with 0 by lra. rewrite J by assumption. apply Rle_refl.
  Qed.

  (* It falls strictly: at every point it is below its value at all points before. *)
  Theorem falls_strictly_sound l : c = Falls l true -> forall exp log, (needs_exp l -> is_exp exp log) ->
    let loss p := value exp log l N (outs S) (output_of p) in
    forall m t m' t', (m < length ms)%nat -> (m' < length ms)%nat -> 0 <= t <= 1 -> 0 <= t' <= 1 -> INR m + t < INR m' + t' ->
    loss (point S first ms m' t') < loss (point S first ms m t).
  Proof. intros Ec. exact (on_the_way l true Ec). Qed.

  (* The unbounded claim, with a constant output. *)
  Theorem unbounded_sound dir : c = Constant dir -> ms <> [] ->
    let d := set_layers dir (fun _ _ _ => 0) in
    (forall m t, (m < length ms)%nat -> 0 <= t <= 1 -> agree N (outs S) (output_of (point S first ms m t)) (output_of first)) /\
    (forall t, 0 <= t -> agree N (outs S) (output_of (along t last d)) (output_of first)) /\
    exists l r k, d l r k <> 0.
  Proof.
    intros Ec NE d. destruct check_inv as (C & _ & EP & w & vs & _ & E & K). rewrite Ec in K. cbn [holds] in K.
    destruct (start_ok S start (zero_nets S) eq_refl C) as (W & HX & Es). rewrite Es, <- EP. set (As := P) in *. unfold constant in K.
    destruct (walk_sound S cuts W HX ms As w vs E NE) as (D & IW & S0 & S1 & B & _).
    set (v0 := vert (sact S) (inputs S) As) in *. cbv zeta in K.
    band K K Eq. band K K EO. band K K L. band K K NZ. band K CO LW.
    assert (Same : forall y, In y (v0 :: vs) -> forall i j, ent (out y) i j = ent (out v0) i j).
    { intros y Hy i j. rewrite forallb_forall in Eq. specialize (Eq y Hy).
      destruct (eqQ_ent _ _ (D v0 (or_introl eq_refl)) (D y Hy) Eq) as [EE _]. now rewrite EE. }
    assert (WG : exists Bs, w = vert (sact S) (inputs S) Bs /\ final S (real As) ms = real Bs) by (exact (walk_final S cuts W HX ms As w vs E)).
    destruct WG as (Bs & -> & EF). cbn [fst vert] in LW, L. change (fst (vert (sact S) (inputs S) Bs)) with Bs in *.
    unfold changes_ok in CO. band CO CO CL. apply Nat.eqb_eq in CL, LW.
    assert (DZ : dens_ok (zero_nets S)) by (intros A HA; apply in_map_iff in HA; destruct HA as (n & <- & _); simpl; lra).
    assert (ED : real (set_layersQ dir (zero_nets S)) = d).
    { rewrite set_layersQ_ok by assumption. unfold d. f_equal. apply real_zero. }
    set (Ds := set_layersQ dir (zero_nets S)) in *.
    assert (DD : dens_ok Ds) by (now apply set_layersQ_dens).
    destruct (line_dens _ _ _ _ _ L) as [DB _].
    set (Cs := map2 (fun A B => red (linQ 1 A 1 B)) Bs Ds) in *.
    assert (EC : real Cs = along 1 (real Bs) d) by (rewrite <- ED; apply map2_add; [unfold Ds; rewrite set_layersQ_length; exact LW|exact DB|exact DD]).
    split; [|split].
    - intros m t Hm Ht i j Hi Hj. destruct (B m t Hm Ht) as (v & v' & u & V & V' & Hu & O).
      rewrite O, S0, (Same v V), (Same v' V') by assumption. ring.
    - intros t Ht i j Hi Hj. rewrite EF.
      assert (EL : along t (real Bs) d = lerp t (real Bs) (real Cs)).
      { rewrite EC. unfold along, lerp. extensionality l. extensionality r. extensionality k. ring. }
      rewrite EL, (any_sound (sact S) true); try assumption; [|split; [assumption|discriminate]].
      assert (PC : 0 < IZR (den (out (vert (sact S) (inputs S) Cs)))).
      { apply (last_pres_pos (sact S) (inputs S)); [now apply wf_den|assumption|]. now apply line_dens in L. }
      destruct (eqQ_ent _ _ (D _ (or_intror IW)) PC EO) as [EE _]. rewrite <- EE.
      rewrite (Same _ (or_intror IW)). rewrite S0 by assumption. ring.
    - apply Bool.negb_true_iff in NZ. rewrite <- ED. now apply not_all_zero.
  Qed.
End Accepted.
