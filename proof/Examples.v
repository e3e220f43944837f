(* That the definitions say what is meant: ReLU is max(0, x), and the losses with a name are the usual ones. *)
Require Import Reals List ZArith Lra Lia Net Moves Check Sound Losses.
Import ListNotations.
Open Scope R_scope.

Definition relu := Act 1 (0, 0)%Z [(0, (1, 0))]%Z.
Lemma relu_is_max x : sigma relu x = Rmax 0 x.
Proof.
  unfold sigma, relu. cbn. replace (0 / 1) with 0 by field. replace (1 / 1) with 1 by field.
  destruct (Rle_dec x 0); [rewrite Rmax_left|rewrite Rmax_right]; lra.
Qed.

(* y = [x, 1] [w; b] for one number and one weight *)
Lemma one_layer_is_affine x w b i : output (sigma relu) [1%nat] (fun _ _ => x) (fun _ r _ => match r with O => b | _ => w end) i 0%nat = x * w + b.
Proof. cbn. unfold pre. cbn. ring. Qed.

(* ½‖F − Y‖² of one sample and two outputs, and the hinge loss of one sample with label 0 and three outputs *)
Definition one := QM 1 [[1]]%Z.
Lemma square_is_usual y0 y1 F : value exp ln (Square one (QM 1 [[y0; y1]])) 1 2 F =
  (F 0%nat 0%nat - IZR y0) * (F 0%nat 0%nat - IZR y0) + (F 0%nat 1%nat - IZR y1) * (F 0%nat 1%nat - IZR y1).
Proof. cbn. unfold ent, at_. cbn. field. Qed.
Lemma hinge_is_usual F : value exp ln (Hinge one [0%nat]) 1 3 F =
  Rmax 0 (Rmax (1 + F 0%nat 1%nat - F 0%nat 0%nat) (Rmax (1 + F 0%nat 2%nat - F 0%nat 0%nat) 0)).
Proof. cbn. unfold ent, at_. cbn. field. Qed.

(* Coq's own exp and ln are exp and log; -log softmax(F)_1 of one sample with two outputs, and log(1 + e^f) - t f. *)
Lemma exp_is_exp : is_exp exp ln.
Proof. repeat split; [exact exp_plus|exact exp_ineq1_le|exact ln_exp|exact exp_ln]. Qed.
Lemma entropy_is_usual F : value exp ln (Entropy one (QM 1 [[0; 1]]%Z)) 1 2 F = - ln (exp (F 0%nat 1%nat) / (exp (F 0%nat 0%nat) + exp (F 0%nat 1%nat))).
Proof.
  assert (X := exp_pos (F 0%nat 0%nat)). assert (Y := exp_pos (F 0%nat 1%nat)). unfold Rdiv.
  rewrite ln_mult, ln_exp, ln_Rinv by (try apply Rinv_0_lt_compat; lra). cbn. unfold ent, at_. cbn. rewrite !Rplus_0_r. field.
Qed.
Lemma binary_is_usual t F : value exp ln (Binary one (QM 10 [[t]])) 1 1 F = ln (1 + exp (F 0%nat 0%nat)) - IZR t / 10 * F 0%nat 0%nat.
Proof. cbn. unfold ent, at_. cbn. field. Qed.
