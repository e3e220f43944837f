(* A left inverse modulo a number makes one of real numbers. *)
Require Import Reals List ZArith Znumtheory Bool Lra Lia Net Moves Objects Check CheckObjects Sound Follow Curved.
Import ListNotations.
Open Scope R_scope.

(* An integer matrix that is d times the identity modulo q > 1, prime to d, has an inverse: its first entry is not 0, being d modulo q,
   and what is left when the first column is eliminated is d^2 times the identity. *)
Lemma inverse_mod q : (1 < q)%Z -> forall m d (M : nat -> nat -> Z), Z.gcd d q = 1%Z ->
  (forall i j, (i < m)%nat -> (j < m)%nat -> (q | M i j - if (i =? j)%nat then d else 0)%Z) ->
  exists P : mat, forall i j, (i < m)%nat -> (j < m)%nat -> sum m (fun k => P i k * IZR (M k j)) = delta i j.
Proof.
  intros Hq. induction m as [|m IH]; intros d M G H; [exists (fun _ _ => 0); intros; lia|].
  assert (H00 := H O O ltac:(lia) ltac:(lia)). cbn [Nat.eqb] in H00.
  assert (NZ : M O O <> 0%Z).
  { intros E. rewrite E in H00. assert (D : (q | d)%Z) by (replace d with (- (0 - d))%Z by ring; now apply Z.divide_opp_r).
    assert (D' : (q | 1)%Z) by (rewrite <- G; apply Z.gcd_greatest; [exact D|apply Z.divide_refl]).
    apply Z.divide_pos_le in D'; lia. }
  assert (NR : IZR (M O O) <> 0) by (intros E; apply NZ; now apply eq_IZR).
  destruct (IH (d * d)%Z (fun i j => M O O * M (S i) (S j) - M (S i) O * M O (S j))%Z) as [P HP].
  - apply Zgcd_1_rel_prime. apply Zgcd_1_rel_prime in G. apply rel_prime_sym, rel_prime_mult; apply rel_prime_sym; assumption.
  - intros i j Hi Hj. assert (A := H (S i) (S j) ltac:(lia) ltac:(lia)). assert (B := H (S i) O ltac:(lia) ltac:(lia)).
    cbn [Nat.eqb] in A, B. rewrite Z.sub_0_r in B. destruct H00 as [x Hx], A as [y Hy], B as [z Hz].
    destruct (i =? j)%nat.
    + exists (x * (q * y + d) + d * y - z * M O (S j))%Z.
      replace (M O O) with (x * q + d)%Z by lia. replace (M (S i) (S j)) with (y * q + d)%Z by lia. rewrite Hz. ring.
    + exists (M O O * y - z * M O (S j))%Z. replace (M (S i) (S j)) with (y * q)%Z by lia. rewrite Hz. ring.
  - set (a := IZR (M O O)) in *.
    set (P' := fun i k : nat => match k with O => - sum m (fun c => P i c * IZR (M (S c) O)) | S k' => a * P i k' end).
    assert (Low : forall i j, (i < m)%nat -> (j < S m)%nat -> sum (S m) (fun k => P' i k * IZR (M k j)) = delta (S i) j).
    { intros i j Hi Hj. cbn [sum P']. destruct j as [|j].
      - rewrite (sum_ext m (fun k => a * P i k * IZR (M (S k) O)) (fun k => a * (P i k * IZR (M (S k) O)))) by (intros; ring).
        rewrite sum_scale. unfold delta, a. cbn [Nat.eqb]. ring.
      - replace (delta (S i) (S j)) with (delta i j) by reflexivity. rewrite <- HP by lia.
        rewrite (sum_ext m (fun k => P i k * IZR (M O O * M (S k) (S j) - M (S k) O * M O (S j)))
          (fun k => 1 * (a * P i k * IZR (M (S k) (S j))) + (- IZR (M O (S j))) * (P i k * IZR (M (S k) O)))).
        2: { intros k _. rewrite minus_IZR, !mult_IZR. unfold a. ring. }
        rewrite sum_lin. ring. }
    exists (fun i k => match i with
      | O => (delta O k - sum m (fun c => IZR (M O (S c)) * P' c k)) / a
      | S i' => P' i' k
      end).
    intros [|i] j Hi Hj; [|apply Low; lia].
    transitivity ((sum (S m) (fun k => IZR (M k j) * delta O k) - sum (S m) (fun k => sum m (fun c => IZR (M O (S c)) * (P' c k * IZR (M k j))))) / a).
    + unfold Rdiv. rewrite Rmult_minus_distr_r, <- !(Rmult_comm (/ a)), <- !sum_scale.
      rewrite <- (Rmult_1_l (sum (S m) (fun k => / a * (IZR (M k j) * _)))).
      replace (1 * sum (S m) (fun k => / a * (IZR (M k j) * delta 0 k)) - sum (S m) (fun k => / a * sum m (fun c => IZR (M 0%nat (S c)) * (P' c k * IZR (M k j)))))
        with (1 * sum (S m) (fun k => / a * (IZR (M k j) * delta 0 k)) + -1 * sum (S m) (fun k => / a * sum m (fun c => IZR (M 0%nat (S c)) * (P' c k * IZR (M k j))))) by ring.
      rewrite <- sum_lin. apply sum_ext. intros k _.
      rewrite (sum_ext m (fun c => IZR (M 0%nat (S c)) * (P' c k * IZR (M k j))) (fun c => IZR (M k j) * (IZR (M 0%nat (S c)) * P' c k))) by (intros; ring).
      rewrite sum_scale. field. exact NR.
    + rewrite sum_swap. rewrite (sum_ext m _ (fun c => IZR (M O (S c)) * delta (S c) j)).
      2: { intros c Hc. rewrite sum_scale, Low by lia. reflexivity. }
      assert (E : sum (S m) (fun k => IZR (M k j) * delta O k) = IZR (M O j)).
      { cbn [sum]. rewrite (sum_ext m _ (fun _ => 0)), sum_0 by (intros; unfold delta; cbn [Nat.eqb]; ring). unfold delta. cbn [Nat.eqb]. ring. }
      rewrite E. destruct j as [|j].
      * rewrite (sum_ext m _ (fun _ => 0)), sum_0 by (intros; unfold delta; cbn [Nat.eqb]; ring). unfold delta. cbn [Nat.eqb]. unfold a. field. exact NR.
      * rewrite (sum_ext m _ (fun c => IZR (M O (S c)) * delta c j)) by reflexivity.
        rewrite (sum_ext m _ (fun c => IZR (M O (S c)) * delta j c)).
        2: { intros. unfold delta. now rewrite Nat.eqb_sym. }
        replace (sum m (fun c => IZR (M O (S c)) * delta j c)) with (IZR (M O (S j))); [unfold delta; cbn [Nat.eqb]; field; exact NR|].
        rewrite (sum_ext m (fun c => IZR (M O (S c)) * delta j c) (fun c => IZR (M O (S c)) * delta c j)).
        2: { intros. unfold delta. now rewrite Nat.eqb_sym. }
        symmetry. apply (sum_delta m j (fun c => IZR (M O (S c)))). lia.
Qed.

Lemma is_multiple_ok q x : is_multiple q x = true -> (q | x)%Z.
Proof. unfold is_multiple. intros H. apply Z.eqb_eq in H. exists (x / q)%Z. lia. Qed.
Lemma unit_row_mod_nth q d i : forall u k j, unit_row_mod q d i k u = true -> (j < length u)%nat ->
  (q | nth j u 0 - if (i =? k + j)%nat then d else 0)%Z.
Proof.
  induction u as [|x u IH]; intros k j H Hj; simpl in Hj; [lia|]. cbn [unit_row_mod] in H. band H H H'. destruct j as [|j].
  - rewrite Nat.add_0_r. apply is_multiple_ok in H. cbn [nth]. destruct (i =? k)%nat; [exact H|now rewrite Z.sub_0_r].
  - rewrite Nat.add_succ_r. apply (IH (S k) j); [assumption|lia].
Qed.
Lemma unit_mod_at q d n : forall U i r j, unit_mod q d i U = true -> (r < length U)%nat -> (j < n)%nat -> length (nth r U []) = n ->
  (q | at_ U r j - if (i + r =? j)%nat then d else 0)%Z.
Proof.
  induction U as [|u U IH]; intros i r j H Hr Hj L; simpl in Hr; [lia|]. cbn [unit_mod] in H. band H H H'. destruct r as [|r].
  - rewrite Nat.add_0_r. apply (unit_row_mod_nth q d i u O j); [assumption|]. simpl in L. lia.
  - rewrite Nat.add_succ_r. apply (IH (S i)); [assumption|lia|lia|exact L].
Qed.

(* The weights of a layer that is accepted have a left inverse: n x m matrices of full column rank, in other words. *)
Lemma rank_sound n m A rank : rank_ok n m A rank = true ->
  exists G : mat, forall c j, (c < m)%nat -> (j < m)%nat -> sum n (fun k => G c k * ent A (S k) j) = delta c j.
Proof.
  unfold rank_ok. destruct rank as [q L0]. cbn [fst snd]. cbv zeta. set (L := QM 1 L0). set (W := red (tlQ A)). intros H.
  band H H U. band H H SM. band H H SL. band H H G. band H RA Hq. apply Z.ltb_lt in Hq. apply Z.eqb_eq in G.
  destruct (has_rows_inv _ _ RA) as [PA LA]. destruct (sized_inv _ _ _ SL) as (PL & LL & _). destruct (sized_inv _ _ _ SM) as (PM & LM & WM).
  destruct (red_ok (tlQ A) PA) as (PW & EW & LW & _). fold W in PW, EW, LW.
  destruct (inverse_mod q Hq m (den W) (at_ (num (mulQ L W))) G) as [P HP].
  { intros i j Hi Hj. apply (unit_mod_at q (den W) m _ O); [exact U|lia|exact Hj|now apply WM]. }
  exists (fun c k => IZR (den W) * sum m (fun i => P c i * ent L i k)). intros c j Hc Hj.
  rewrite <- HP by assumption.
  rewrite (sum_ext n _ (fun k => sum m (fun i => (IZR (den W) * P c i) * (ent L i k * ent A (S k) j)))).
  2: { intros k _. rewrite Rmult_assoc, <- (Rmult_comm (ent A (S k) j)), <- sum_scale, <- sum_scale. apply sum_ext. intros. ring. }
  rewrite sum_swap. apply sum_ext. intros i _. rewrite sum_scale.
  rewrite (sum_ext n _ (fun k => ent L i k * ent W k j)) by (intros; now rewrite EW, tlQ_ent).
  rewrite <- (mulQ_ent n L W); [|assumption|exact PW|rewrite LW; unfold tlQ; cbn [num]; destruct (num A); simpl in *; lia].
  unfold ent at 1. cbn [mulQ den L]. rewrite mult_IZR. field. lra.
Qed.
