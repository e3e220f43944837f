(* The checker: integers and lists only. *)
Require Import List ZArith Bool Net Moves.
Import ListNotations.
Open Scope Z_scope.

Definition is0 (x : Z) : bool := x =? 0.

(* c u + v *)
Fixpoint axpy (c : Z) (u v : list Z) : list Z :=
  match u, v with
  | [], _ => v
  | _, [] => map (Z.mul c) u
  | x :: u', y :: v' => c * x + y :: axpy c u' v'
  end.
Fixpoint lincomb (r : list Z) (B : list (list Z)) : list Z :=
  match r, B with
  | c :: r', row :: B' => if is0 c then lincomb r' B' else axpy c row (lincomb r' B')
  | _, _ => []
  end.
Definition preQ (F A : qmat) : qmat :=
  QM (den F * den A) (map (fun r => lincomb (den F :: r) (num A)) (num F)).

(* the activation of x / d, over aden * d *)
Fixpoint sigZ (D d : Z) (p : Z * Z) (l : list (Z * (Z * Z))) (x : Z) : Z :=
  match l with
  | [] => fst p * x + snd p * d
  | (t, q) :: l' => if x * D <=? t * d then fst p * x + snd p * d else sigZ D d q l' x
  end.
Definition actZ (s : act) (d x : Z) : Z := sigZ (aden s) d (first s) (rest s) x.
Definition sigQ (s : act) (M : qmat) : qmat := QM (aden s * den M) (map (map (actZ s (den M))) (num M)).

(* breakpoints ascend, and the pieces meet there *)
Fixpoint wf (D : Z) (p : Z * Z) (l : list (Z * (Z * Z))) : bool :=
  match l with
  | [] => true
  | (t, q) :: l' =>
      (fst p * t + snd p * D =? fst q * t + snd q * D)
      && match l' with [] => true | (t', _) :: _ => t <? t' end && wf D q l'
  end.
Definition wf_act (s : act) : bool := (0 <? aden s) && wf (aden s) (first s) (rest s).

(* x / d and y / e are in one closed piece *)
Fixpoint common (D d e : Z) (l : list (Z * (Z * Z))) (x y : Z) : bool :=
  match l with
  | [] => true
  | (t, _) :: l' =>
      ((x * D <=? t * d) && (y * D <=? t * e))
      || ((t * d <=? x * D) && (t * e <=? y * D) && common D d e l' x y)
  end.

(* x / d and, from there through y / e, all that follows, are in one closed piece: constant, or outwards beyond the breakpoints *)
Fixpoint beyond (D d : Z) (l : list (Z * (Z * Z))) (x : Z) : bool :=
  match l with [] => true | (t, _) :: l' => (t * d <=? x * D) && beyond D d l' x end.
Definition away (D d e : Z) (l : list (Z * (Z * Z))) (x y : Z) : bool :=
  (x * e =? y * d)
  || ((x * e <=? y * d) && beyond D d l x)
  || ((y * d <=? x * e) && match l with [] => true | (t, _) :: _ => x * D <=? t * d end).

Fixpoint all2 {A B} (f : A -> B -> bool) (u : list A) (v : list B) : bool :=
  match u, v with
  | [], [] => true
  | x :: u', y :: v' => f x y && all2 f u' v'
  | _, _ => false
  end.
Fixpoint all3 {A B C} (f : A -> B -> C -> bool) u v w : bool :=
  match u, v, w with
  | [], [], [] => true
  | x :: u', y :: v', z :: w' => f x y z && all3 f u' v' w'
  | _, _, _ => false
  end.

Definition eqq (d e x y : Z) : bool := if d =? e then x =? y else x * e =? y * d.

(* of each neuron: no weight at either end; the same weights at both ends *)
Definition flag (d e : Z) (u v : list Z) : bool * bool := (forallb is0 u && forallb is0 v, all2 (eqq d e) u v).
Fixpoint flags (d e : Z) (U V : list (list Z)) : list (bool * bool) :=
  match U, V with
  | u :: U', v :: V' => flag d e u v :: flags d e U' V'
  | _, _ => []
  end.

Definition entry_ok (s : act) (far : bool) (d e : Z) (fl : bool * bool) (x y : Z) : bool :=
  fst fl || ((if far then away (aden s) d e (rest s) x y else common (aden s) d e (rest s) x y) && (snd fl || ((d =? e) && (x =? y)) || eqq (aden s * d) (aden s * e) (actZ s d x) (actZ s e y))).

Definition has_rows (n : nat) (A : qmat) : bool := (0 <? den A) && (length (num A) =? S n)%nat.

(* P, P': the pre-activations at both ends of a level; A, A': the layer above *)
Definition level_ok (s : act) (far : bool) (n : nat) (P P' A A' : qmat) : bool :=
  has_rows n A && has_rows n A'
  && let fl := flags (den A) (den A') (tl (num A)) (tl (num A')) in
     all2 (all3 (entry_ok s far (den P) (den P')) fl) (num P) (num P').

Fixpoint pres (s : act) (F : qmat) (As : list qmat) : list qmat :=
  match As with
  | [] => []
  | A :: As' => let P := preQ F A in P :: match As' with [] => [] | _ => pres s (sigQ s P) As' end
  end.

Fixpoint levels_ok (s : act) (far : bool) (ws : list nat) (Ps Ps' As As' : list qmat) : bool :=
  match ws, Ps, Ps', As, As' with
  | [], [P], [P'], [], [] => true
  | n :: ws', P :: Qs, P' :: Qs', A :: Bs, A' :: Bs' => level_ok s far n P P' A A' && levels_ok s far ws' Qs Qs' Bs Bs'
  | _, _, _, _, _ => false
  end.

(* A network with its pre-activations. *)
Definition vertex := (list qmat * list qmat)%type.
Definition out (v : vertex) : qmat := last (snd v) (QM 1 []).

Definition line_ok (s : act) (far : bool) (ws : list nat) (v v' : vertex) : bool :=
  match ws, fst v, fst v' with
  | n :: ws', A :: As, A' :: As' => has_rows n A && has_rows n A' && levels_ok s far ws' (snd v) (snd v') As As'
  | _, _, _ => false
  end.

(* O = (1 - p/q) A + p/q B *)
Definition seg_entry (p q a b o x y z : Z) : bool := x * (q * a * b) =? ((q - p) * y * b + p * z * a) * o.
Definition seg_ok (A B O : qmat) (p q : Z) : bool :=
  (0 <? q) && (0 <=? p) && (p <=? q)
  && all3 (all3 (seg_entry p q (den A) (den B) (den O))) (num O) (num A) (num B).

(* a t for which that can hold; nothing is to be believed of it *)
Fixpoint guess_row (a b o : Z) (x y z : list Z) : option (Z * Z) :=
  match x, y, z with
  | x :: x', y :: y', z :: z' =>
      let q := z * a - y * b in
      if is0 q then guess_row a b o x' y' z'
      else let p := (x * a - y * o) * b in if q <? 0 then Some (- p, - (q * o)) else Some (p, q * o)
  | _, _, _ => None
  end.
Fixpoint guess (a b o : Z) (X Y W : list (list Z)) : Z * Z :=
  match X, Y, W with
  | x :: X', y :: Y', z :: W' => match guess_row a b o x y z with Some t => t | None => guess a b o X' Y' W' end
  | _, _, _ => (0, 1)
  end.
Definition on_segment (A B O : qmat) : bool :=
  let t := guess (den A) (den B) (den O) (num O) (num A) (num B) in seg_ok A B O (fst t) (snd t).

Definition vert (s : act) (X : qmat) (As : list qmat) : vertex := (As, pres s X As).
(* The same, with the pre-activations of another vertex as far as the layers are its own: what rests is not computed again *)
Definition same (A B : qmat) : bool := (den A =? den B) && all2 (all2 Z.eqb) (num A) (num B).
Fixpoint pres_from (s : act) (F : qmat) (Bs Ps As : list qmat) : list qmat :=
  match As, Bs, Ps with
  | A :: As', B :: Bs', P :: Ps' =>
      if same A B then P :: match As' with [] => [] | _ => pres_from s (sigQ s P) Bs' Ps' As' end else pres s F As
  | _, _, _ => pres s F As
  end.
Definition vert_from (s : act) (X : qmat) (v : vertex) (As : list qmat) : vertex := (As, pres_from s X (fst v) (snd v) As).

(* More about matrices: c A + e B, products, equality, a smaller denominator (compared, so that gcd and division need no trust) *)
Fixpoint rows2 (c e : Z) (U V : list (list Z)) : list (list Z) :=
  match U, V with
  | u :: U', v :: V' => axpy c u (map (Z.mul e) v) :: rows2 c e U' V'
  | [], _ => map (map (Z.mul e)) V
  | _, [] => map (map (Z.mul c)) U
  end.
Definition linQ (c : Z) (A : qmat) (e : Z) (B : qmat) : qmat :=
  QM (den A * den B) (rows2 (c * den B) (e * den A) (num A) (num B)).
Definition mulQ (A B : qmat) : qmat := QM (den A * den B) (map (fun r => lincomb r (num B)) (num A)).
Definition eqQ (A B : qmat) : bool := all2 (all2 (eqq (den A) (den B))) (num A) (num B).
Definition content (M : qmat) : Z :=
  let stop g x := if g =? 1 then g else Z.gcd g x in fold_left (fun g r => fold_left stop r g) (num M) (den M).
Definition red (M : qmat) : qmat :=
  let g := content M in
  if g =? 1 then M else
  let M' := QM (Z.div (den M) g) (map (map (fun x => Z.div x g)) (num M)) in
  if (0 <? den M') && eqQ M M' then M' else M.
Definition sized (r c : nat) (M : qmat) : bool :=
  (0 <? den M) && (length (num M) =? r)%nat && forallb (fun u => (length u =? c)%nat) (num M).
Fixpoint unit_row (d : Z) (i : nat) (u : list Z) : bool :=
  match u, i with
  | [], _ => false
  | x :: u', O => (x =? d) && forallb is0 u'
  | x :: u', S i' => is0 x && unit_row d i' u'
  end.
Fixpoint unit_from (d : Z) (i : nat) (U : list (list Z)) : bool :=
  match U with [] => true | u :: U' => unit_row d i u && unit_from d (S i) U' end.
Definition is_unit (M : qmat) : bool := unit_from (den M) 0 (num M).

(* g is the inverse of s: piece by piece *)
Fixpoint inverse (D E : Z) (p q : Z * Z) (l m : list (Z * (Z * Z))) : bool :=
  (fst p * fst q =? D * E) && ((fst p * snd q + snd p * E =? 0) && (0 <? fst p))
  && match l, m with
     | [], [] => true
     | (t, p') :: l', (u, q') :: m' => (u * D * D =? (fst p * t + snd p * D) * E) && inverse D E p' q' l' m'
     | _, _ => false
     end.
Definition inverses (s g : act) : bool :=
  inverse (aden s) (aden g) (first s) (first g) (rest s) (rest g) && inverse (aden g) (aden s) (first g) (first s) (rest g) (rest s).

Section Follow.
  Variables (s g : act) (N o : nat) (T up : qmat).
  (* (F + t (T - F)) (A + t (up - A)) does not depend on t *)
  Definition stays (m : nat) (F A : qmat) : bool :=
    has_rows m A && has_rows m up
    && let FA := preQ F A in
       eqQ (preQ T up) FA && eqQ (linQ 1 (preQ T A) 1 (preQ F up)) (linQ 1 FA 1 FA).
  Fixpoint pullQ (depth : nat) (ws : list nat) (F : qmat) (As Ls : list qmat) : option qmat :=
    match ws, As with
    | n :: ws', A :: As' =>
        let P := preQ F A in
        if has_rows n A then
          match ws' with
          | [] => if sized N o P && sized N o T && (depth =? 0)%nat then Some T else None
          | m :: ws'' =>
              let F1 := red (sigQ s P) in
              if sized N m P then
                match depth with
                | O => if sized N m T && match As' with A' :: _ => stays m F1 A' | [] => false end
                       then Some (red (sigQ g T)) else None
                | S d =>
                    match Ls, As' with
                    | L :: Ls', B :: _ =>
                        match pullQ d ws' F1 As' Ls' with
                        | Some Q =>
                            let H := red (linQ 1 F1 1 (mulQ (linQ 1 Q (-1) (preQ F1 B)) L)) in
                            if sized (hd o ws'') m L && sized m (hd o ws'') (QM (den B) (tl (num B)))
                               && is_unit (mulQ L (QM (den B) (tl (num B)))) && sized N m H
                            then Some (red (sigQ g H)) else None
                        | None => None
                        end
                    | _, _ => None
                    end
                end
              else None
          end
        else None
    | _, _ => None
    end.
  Fixpoint replace (depth : nat) (As : list qmat) : list qmat :=
    match As, depth with
    | A :: As', O => up :: As'
    | A :: As', S d => A :: replace d As'
    | [], _ => []
    end.
  Fixpoint followQ (skip depth : nat) (ws : list nat) (F : qmat) (As : list qmat) (Rt : qmat) (Ls : list qmat) : option (list qmat) :=
    match ws, As with
    | n :: ws', A :: As' =>
        let P := preQ F A in
        match skip with
        | O =>
            match pullQ depth ws F As Ls with
            | Some Q =>
                let D := linQ 1 Q (-1) P in
                if sized (S n) N Rt && is_unit (preQ F Rt) && sized N (hd o ws') D
                   && ((depth <? length As')%nat || (length (num up) =? 0)%nat)
                then Some (red (linQ 1 A 1 (mulQ Rt D)) :: replace depth As')
                else None
            | None => None
            end
        | S k =>
            match ws' with
            | m :: _ =>
                if has_rows n A && sized N m P then
                  match followQ k depth ws' (red (sigQ s P)) As' Rt Ls with Some Bs => Some (A :: Bs) | None => None end
                else None
            | [] => None
            end
        end
    | _, _ => None
    end.
End Follow.

(* changes of layers *)
Definition change_ok (c : change) : bool :=
  let pos M := match M with Some M => 0 <? den M | None => true end in pos (weight c) && pos (bias c).
(* a u in the marked places, in their order, and b v in the others *)
Fixpoint merge (marks : list bool) (a b : Z) (u v : list Z) : list Z :=
  match marks with
  | [] => map (Z.mul b) v
  | true :: marks' => a * hd 0 u :: merge marks' a b (tl u) (tl v)
  | false :: marks' => b * hd 0 v :: merge marks' a b u (tl v)
  end.
Fixpoint merges (marks : list bool) (a b : Z) (U V : list (list Z)) : list (list Z) :=
  match U, V with
  | u :: U', v :: V' => merge marks a b u v :: merges marks a b U' V'
  | [], _ => map (merge marks a b []) V
  | _, [] => map (fun u => merge marks a b u []) U
  end.
Definition mergeQ (marks : list bool) (M A : qmat) : qmat := QM (den M * den A) (merges marks (den A) (den M) (num M) (num A)).
Definition set_layerQ (c : change) (A : qmat) : qmat :=
  match weight c, bias c with
  | None, None => A
  | w, b =>
      let new M rows := match marked c with Some marks => mergeQ marks M (QM (den A) rows) | None => M end in
      let b' := match b with Some M => new M [nth 0 (num A) []] | None => A end in
      let w' := match w with Some M => new M (tl (num A)) | None => QM (den A) (tl (num A)) end in
      red (QM (den b' * den w') (map (Z.mul (den w')) (nth 0 (num b') []) :: map (map (Z.mul (den b'))) (num w')))
  end.
Fixpoint set_layersQ (cs : list change) (As : list qmat) : list qmat :=
  match As, cs with
  | A :: As', c :: cs' => set_layerQ c A :: set_layersQ cs' As'
  | _, _ => As
  end.
Definition changes_ok (cs : list change) (As : list qmat) : bool := forallb change_ok cs && (length cs =? length As)%nat.

(* Lines on which features and weights move at once. A matrix of polynomials in lambda, on [0, 1]: its coefficients, from the
   constant on. *)
Fixpoint addP (P Q : list qmat) : list qmat :=
  match P, Q with
  | A :: P', B :: Q' => red (linQ 1 A 1 B) :: addP P' Q'
  | [], _ => Q
  | _, [] => P
  end.
Definition tlQ (A : qmat) : qmat := QM (den A) (tl (num A)).
Definition prodP (F : list qmat) (A : qmat) : list qmat :=
  match F with [] => [] | F0 :: F' => preQ F0 A :: map (fun G => mulQ G (tlQ A)) F' end.
(* [1, F] (A + lambda D) *)
Definition preP (F : list qmat) (A D : qmat) : list qmat := addP (prodP F A) (QM 1 [] :: prodP F D).
(* over one denominator *)
Fixpoint overQ (P : list qmat) : Z * list (list (list Z)) :=
  match P with
  | [] => (1, [])
  | A :: P' => let eU := overQ P' in
      (den A * fst eU, map (map (Z.mul (fst eU))) (num A) :: map (map (map (Z.mul (den A)))) (snd eU))
  end.
(* bounds: x + lambda y with y in [a, b] is at least x + min(0, a), and at most x + max(0, b) *)
Definition neg_part (x : Z) : Z := if x <=? 0 then x else 0.
Definition pos_part (x : Z) : Z := if x <=? 0 then 0 else x.
Fixpoint bound (part : Z -> Z) (U : list (list (list Z))) : list (list Z) :=
  match U with [] => [] | A :: U' => rows2 1 1 A (map (map part) (bound part U')) end.
(* the piece that [x, y] over d is in *)
Fixpoint piece (D d : Z) (p : Z * Z) (l : list (Z * (Z * Z))) (x y : Z) : option (Z * Z) :=
  match l with
  | [] => Some p
  | (t, q) :: l' => if y * D <=? t * d then Some p else if t * d <=? x * D then piece D d q l' x y else None
  end.
Fixpoint choose_row (s : act) (d : Z) (fl : list (bool * bool)) (x y : list Z) : option (list (Z * Z)) :=
  match fl, x, y with
  | [], _, _ => Some []
  | f :: fl', a :: x', b :: y' =>
      match (if fst f then Some (0, 0) else piece (aden s) d (first s) (rest s) a b), choose_row s d fl' x' y' with
      | Some p, Some ps => Some (p :: ps)
      | _, _ => None
      end
  | _, _, _ => None
  end.
Fixpoint choose (s : act) (d : Z) (fl : list (bool * bool)) (X Y : list (list Z)) : option (list (list (Z * Z))) :=
  match X, Y with
  | [], [] => Some []
  | x :: X', y :: Y' =>
      match choose_row s d fl x y, choose s d fl X' Y' with Some ps, Some qs => Some (ps :: qs) | _, _ => None end
  | _, _ => None
  end.
Fixpoint apply_row (c : Z) (ps : list (Z * Z)) (u : list Z) : list Z :=
  match ps with [] => [] | p :: ps' => fst p * hd 0 u + c * snd p :: apply_row c ps' (tl u) end.
Fixpoint apply (c : Z) (qs : list (list (Z * Z))) (U : list (list Z)) : list (list Z) :=
  match qs with [] => [] | ps :: qs' => apply_row c ps (hd [] U) :: apply c qs' (tl U) end.
Definition sigP (s : act) (fl : list (bool * bool)) (P : list qmat) : option (list qmat) :=
  let dU := overQ P in
  match choose s (fst dU) fl (bound neg_part (snd dU)) (bound pos_part (snd dU)), snd dU with
  | Some qs, M :: Ms =>
      let over V := red (QM (aden s * fst dU) V) in
      Some (over (apply (fst dU) qs M) :: map (fun M => over (apply 0 qs M)) Ms)
  | _, _ => None
  end.
(* the output on a line from As to Bs *)
Fixpoint outP (s : act) (N : nat) (ws : list nat) (F : list qmat) (As Bs : list qmat) : option (list qmat) :=
  match ws, As, Bs with
  | n :: ws', A :: As', B :: Bs' =>
      let D := linQ 1 B (-1) A in
      if has_rows n A && has_rows n B && has_rows n D && match F with F0 :: _ => (length (num F0) =? N)%nat | [] => false end then
        let P := preP F A D in
        match ws', As', Bs' with
        | [], [], [] => Some P
        | m :: _, A1 :: _, B1 :: _ =>
            if has_rows m A1 && has_rows m B1 then
              match sigP s (flags (den A1) (den B1) (tl (num A1)) (tl (num B1))) P with
              | Some F' => outP s N ws' F' As' Bs'
              | None => None
              end
            else None
        | _, _, _ => None
        end
      else None
  | _, _, _ => None
  end.
Definition zeroQ (A : qmat) : bool := forallb (forallb is0) (num A).
Definition curved_ok (S : setting) (v v' : vertex) : bool :=
  line_ok (sact S) false (widths S) v v && line_ok (sact S) false (widths S) v' v'
  && match outP (sact S) (length (num (inputs S))) (widths S) [inputs S] (fst v) (fst v') with
     | Some P => forallb zeroQ (skipn 2 P)
     | None => false
     end.
Definition straight (S : setting) (v v' : vertex) : bool := line_ok (sact S) false (widths S) v v' || curved_ok S v v'.

Definition net_ok (S : setting) (v : vertex) : bool := line_ok (sact S) false (widths S) v v.

(* the network at p / q between two *)
Definition lerpQ (p q : Z) (A B : qmat) : qmat := let M := linQ (q - p) A p B in red (QM (q * den M) (num M)).
Fixpoint map2 {A B C} (f : A -> B -> C) (u : list A) (v : list B) : list C :=
  match u, v with x :: u', y :: v' => f x y :: map2 f u' v' | _, _ => [] end.
(* the line from v on, which is at p / q, over the cuts that are left, to v1; with the vertices *)
Fixpoint pieces (S : setting) (As Bs : list qmat) (v1 : vertex) (p q : Z) (v : vertex) (cuts : list (Z * Z)) : option (list vertex) :=
  match cuts with
  | [] => if (p <? q) && straight S v v1 then Some [v1] else None
  | (p', q') :: cuts' =>
      let v' := vert_from (sact S) (inputs S) v (map2 (lerpQ p' q') As Bs) in
      if (0 <? q') && (p * q' <? p' * q) && straight S v v'
      then match pieces S As Bs v1 p' q' v' cuts' with Some vs => Some (v' :: vs) | None => None end
      else None
  end.

(* where to cut a line between two networks; any answer will do, and nothing follows from it *)
Definition hint := list qmat -> list qmat -> list (Z * Z).
(* the network at the end of a move, and the vertices on the way, with the end *)
Definition step (S : setting) (cuts : hint) (v : vertex) (mv : move) : option (vertex * list vertex) :=
  match mv with
  | Line to =>
      if changes_ok to (fst v) then
        let Bs := set_layersQ to (fst v) in
        let v1 := vert_from (sact S) (inputs S) v Bs in
        let along := pieces S (fst v) Bs v1 0 1 v in
        match along [] with
        | Some vs => Some (v1, vs)
        | None => match along (cuts (fst v) Bs) with Some vs => Some (v1, vs) | None => None end
        end
      else None
  | Follow skip depth T Rt Ls up =>
      if inverses (sact S) (sinv S) && wf_act (sinv S) && net_ok S v && change_ok up then
        let upQ := set_layerQ up (nth (skip + Datatypes.S depth) (fst v) (QM 1 [])) in
        match followQ (sact S) (sinv S) (length (num (inputs S))) (outs S) T upQ skip depth (widths S) (inputs S) (fst v) Rt Ls with
        | Some As => let v1 := vert_from (sact S) (inputs S) v As in if net_ok S v1 then Some (v1, [v1]) else None
        | None => None
        end
      else None
  end.
(* the last vertex, and all but the first; none if a move is bad *)
Fixpoint walk (S : setting) (cuts : hint) (v : vertex) (ms : list move) : option (vertex * list vertex) :=
  match ms with
  | [] => Some (v, [])
  | mv :: ms' =>
      match step S cuts v mv with
      | Some (v1, us) => match walk S cuts v1 ms' with Some (w, vs) => Some (w, us ++ vs) | None => None end
      | None => None
      end
  end.

(* exp and log: bounds in units of 1 / scale. exp x is at least (1 + x / 2^80)^(2^80), by squares that are rounded down. *)
Definition scale : Z := Eval compute in 2 ^ 208.
Definition parts : Z := Eval compute in 2 ^ 80.
Definition highest : Z := Eval compute in 2 ^ 216.
Fixpoint squares (k : nat) (y : Z) : Z := match k with O => y | S k' => squares k' (y * y / scale) end.
Definition exp_low (x : Z) : Z :=
  let y := scale + (if x <=? highest then x else highest) / parts in if y <=? 0 then 0 else squares 80 y.
(* of exp (x / d - a) the sums of lower and of upper bounds, for a row of x *)
Fixpoint exps (d a : Z) (u : list Z) : option (list (Z * Z)) :=
  match u with
  | [] => Some []
  | x :: u' =>
      let e := exp_low (a + - x * scale / d) in
      match exps d a u' with
      | Some es => if 0 <? e then Some ((exp_low (x * scale / d - a), scale * scale / e + 1) :: es) else None
      | None => None
      end
  end.
Definition total (u : list Z) : Z := fold_right Z.add 0 u.
Fixpoint dot (u v : list Z) : Z := match u, v with x :: u', y :: v' => x * y + dot u' v' | _, _ => 0 end.
(* log (sum exp (x / d)), which is between a + 1 - 1 / z and a - 1 + z with z = sum exp (x / d - a), for any a; where that is good is
   asked from outside, and nothing follows from the answer *)
Definition log_hint := Z -> list Z -> Z.
Definition log_sum (logs : log_hint) (d : Z) (u : list Z) : option (Z * Z) :=
  let a := logs d u in
  match exps d a u with
  | Some es =>
      let low := total (map fst es) in
      if 0 <? low then Some (a + scale - (scale * scale / low + 1), a - scale + total (map snd es)) else None
  | None => None
  end.
(* sum_j t_j (log sum exp - x_j), over the denominators and scale *)
Definition entropy_row (logs : log_hint) (e d : Z) (u t : list Z) : option (Z * Z) :=
  match log_sum logs d u with
  | Some b => let linear := dot t u * scale in Some (total t * fst b * d - linear, total t * snd b * d - linear)
  | None => None
  end.
(* log (1 + exp x) - t x is the same of the outputs 0 and x with 1 - t and t *)
Fixpoint binary_row (logs : log_hint) (e d : Z) (u t : list Z) : option (Z * Z) :=
  match u, t with
  | x :: u', y :: t' =>
      match entropy_row logs e d [0; x] [e - y; y], binary_row logs e d u' t' with
      | Some b, Some c => Some (fst b + fst c, snd b + snd c)
      | _, _ => None
      end
  | _, _ => Some (0, 0)
  end.
Fixpoint weigh2 {A} (f : list Z -> A -> option (Z * Z)) (W U : list (list Z)) (V : list A) : option (Z * Z) :=
  match W, U, V with
  | w :: W', u :: U', v :: V' =>
      match f u v, weigh2 f W' U' V' with
      | Some b, Some c => Some (hd 0 w * fst b + fst c, hd 0 w * snd b + snd c)
      | _, _ => None
      end
  | _, _, _ => Some (0, 0)
  end.

(* The losses: bounds of the numerator, over a denominator that is positive *)
Fixpoint square_row (a b : Z) (u v : list Z) : Z :=
  match u, v with x :: u', y :: v' => let r := x * b - y * a in r * r + square_row a b u' v' | _, _ => 0 end.
Fixpoint hinge_row (d x : Z) (y j : nat) (u : list Z) : Z :=
  match u with
  | [] => 0
  | v :: u' => let a := if (j =? y)%nat then 0 else d + v - x in let b := hinge_row d x y (S j) u' in if a <=? b then b else a
  end.
Fixpoint weigh {A} (f : list Z -> A -> Z) (W U : list (list Z)) (V : list A) : Z :=
  match W, U, V with w :: W', u :: U', v :: V' => hd 0 w * f u v + weigh f W' U' V' | _, _, _ => 0 end.
Definition weights_ok (n : nat) (w : qmat) : bool := sized n 1 w && forallb (forallb (Z.leb 0)) (num w).
Definition loss_ok (l : loss) (n m : nat) : bool :=
  match l with
  | Square w Y => weights_ok n w && sized n m Y
  | Hinge w labels => weights_ok n w && (length labels =? n)%nat && forallb (fun y => (y <? m)%nat) labels
  | Entropy w T => weights_ok n w && sized n m T && forallb (forallb (Z.leb 0)) (num T)
  | Binary w T => weights_ok n w && sized n m T
  end.
Definition valueQ (logs : log_hint) (l : loss) (F : qmat) : option (Z * Z * Z) :=
  let exactly x d := Some (x, x, d) in
  let between xs d := match xs with Some x => Some (x, d) | None => None end in
  match l with
  | Square w Y => exactly (weigh (square_row (den F) (den Y)) (num w) (num F) (num Y)) (den w * ((den F * den Y) * (den F * den Y)))
  | Hinge w labels => exactly (weigh (fun u y => hinge_row (den F) (nth y u 0) y 0 u) (num w) (num F) labels) (den w * den F)
  | Entropy w T => between (weigh2 (entropy_row logs (den T) (den F)) (num w) (num F) (num T)) (den w * (den T * den F * scale))
  | Binary w T => between (weigh2 (binary_row logs (den T) (den F)) (num w) (num F) (num T)) (den w * (den T * den F * scale))
  end.
(* at most one of these; the same output has the same loss *)
Definition with_value (logs : log_hint) (l : loss) (u : vertex) : qmat * option (Z * Z * Z) := (out u, valueQ logs l (out u)).
Definition at_most (bounds : list (qmat * option (Z * Z * Z))) (x : qmat * option (Z * Z * Z)) : bool :=
  existsb (fun b => eqQ (fst x) (fst b) || match snd x, snd b with
    | Some (_, high, d), Some (low, _, e) => high * e <=? low * d
    | _, _ => false
    end) bounds.
Definition bounded_by (logs : log_hint) (l : loss) (n m : nat) (ends vs : list vertex) : bool :=
  loss_ok l n m && forallb (fun u => sized n m (out u)) vs
  && let bounds := map (with_value logs l) ends in forallb (fun u => at_most bounds (with_value logs l u)) vs.

(* From output A straight to B: the slope of the loss just before B is at most 0, or below 0. Of a square that is
   sum w (B - Y) (B - A) over positive denominators; where it is 0, sum w (B - A)^2 > 0 will do. Of the hinge loss it is that of
   the margins that are largest at B, the lowest of them; of a cross-entropy sum_k softmax_k D_k with D_k = sum_j t_j (V_k - V_j) and
   V = B - A, from above. *)
Fixpoint slope_row (a b d : Z) (u v y : list Z) : Z :=
  match u, v, y with
  | p :: u', q :: v', r :: y' => (p * d - r * b) * (p * a - q * b) + slope_row a b d u' v' y'
  | _, _, _ => 0
  end.
Definition lowest_of_largest (p q : Z * Z) : Z * Z :=
  if fst p <? fst q then q else if fst q <? fst p then p else if snd p <=? snd q then p else q.
Fixpoint margin_row (a b : Z) (y j : nat) (p q : Z) (u v : list Z) : Z * Z :=
  match u, v with
  | x :: u', z :: v' =>
      lowest_of_largest (if (j =? y)%nat then (0, 0) else (b + x - p, (x - p) * a - (z - q) * b)) (margin_row a b y (S j) p q u' v')
  | _, _ => (0, 0)
  end.
Fixpoint steps (a b : Z) (u v : list Z) : list Z :=
  match u, v with x :: u', z :: v' => x * a - z * b :: steps a b u' v' | _, _ => [] end.
Fixpoint up (es : list (Z * Z)) (D : list Z) : Z :=
  match es, D with e :: es', x :: D' => (if 0 <=? x then snd e * x else fst e * x) + up es' D' | _, _ => 0 end.
Definition entropy_slope (logs : log_hint) (b : Z) (u V t : list Z) : option (Z * Z) :=
  match exps b (logs b u) u with
  | Some es =>
      let low := total (map fst es) in
      let x := up es (map (fun v => total t * v - dot t V) V) in
      let q := if x <=? 0 then - (- x * scale / total (map snd es)) else x * scale / low + 1 in
      if 0 <? low then Some (q, q) else None
  | None => None
  end.
Fixpoint binary_slope (logs : log_hint) (e b : Z) (u V t : list Z) : option (Z * Z) :=
  match u, V, t with
  | x :: u', v :: V', y :: t' =>
      match entropy_slope logs b [0; x] [0; v] [e - y; y], binary_slope logs e b u' V' t' with
      | Some p, Some q => Some (fst p + fst q, snd p + snd q)
      | _, _ => None
      end
  | _, _, _ => Some (0, 0)
  end.
Definition falls (logs : log_hint) (l : loss) (strictly : bool) (A B : qmat) : bool :=
  let a := den A in let b := den B in
  let negative q := match q with Some q => if strictly then snd q <? 0 else snd q <=? 0 | None => false end in
  match l with
  | Entropy w T =>
      negative (weigh2 (fun u vt => entropy_slope logs b u (steps a b u (fst vt)) (snd vt)) (num w) (num B) (combine (num A) (num T)))
  | Binary w T =>
      negative (weigh2 (fun u vt => binary_slope logs (den T) b u (steps a b u (fst vt)) (snd vt)) (num w) (num B) (combine (num A) (num T)))
  | Square w Y =>
      (weigh (fun u vy => slope_row a b (den Y) u (fst vy) (snd vy)) (num w) (num B) (combine (num A) (num Y)) <=? 0)
      && (negb strictly || (0 <? weigh (square_row b a) (num w) (num B) (num A)))
  | Hinge w labels =>
      let slope := weigh (fun u vy => snd (margin_row a b (snd vy) 0 (nth (snd vy) u 0) (nth (snd vy) (fst vy) 0) u (fst vy)))
        (num w) (num B) (combine (num A) labels) in
      if strictly then slope <? 0 else slope <=? 0
  end.
Fixpoint chain_ok (f : vertex -> vertex -> bool) (v : vertex) (vs : list vertex) : bool :=
  match vs with [] => true | w :: vs' => f v w && chain_ok f w vs' end.
Definition falls_along (logs : log_hint) (l : loss) (strictly : bool) (n m : nat) (v : vertex) (vs : list vertex) : bool :=
  loss_ok l n m && forallb (fun u => sized n m (out u)) (v :: vs) && chain_ok (fun u u' => falls logs l strictly (out u) (out u')) v vs.

(* What is claimed: at most the larger end, for every convex loss; a constant output, and on the ray in a direction too; for a
   loss with a name, at most the larger end, or at most the start; that it never rises, or falls strictly. *)
Inductive claim := Every | Constant (dir : list change) | Connected (l : loss) | Descends (l : loss) | Falls (l : loss) (strictly : bool).

Definition zero_nets (S : setting) : list qmat := map (fun _ => QM 1 []) (widths S).
(* the output is that of the start all along, and so it is on the ray from w on *)
Definition constant (S : setting) (v w : vertex) (vs : list vertex) (dir : list change) : bool :=
  let D := set_layersQ dir (zero_nets S) in
  let w' := vert (sact S) (inputs S) (map2 (fun A B => red (linQ 1 A 1 B)) (fst w) D) in
  changes_ok dir (zero_nets S) && (length (fst w) =? length (zero_nets S))%nat
  && negb (forallb zeroQ D)
  && line_ok (sact S) true (widths S) w w' && eqQ (out w) (out w')
  && forallb (fun u => eqQ (out v) (out u)) (v :: vs).
Definition holds (S : setting) (logs : log_hint) (v w : vertex) (vs : list vertex) (c : claim) : bool :=
  let n := length (num (inputs S)) in
  match c with
  | Every => forallb (fun u => on_segment (out v) (out w) (out u)) (v :: vs)
  | Constant dir => constant S v w vs dir
  | Connected l => bounded_by logs l n (outs S) [v; w] (v :: vs)
  | Descends l => bounded_by logs l n (outs S) [v] (v :: vs)
  | Falls l strictly => falls_along logs l strictly n (outs S) v vs
  end.

(* The first and the last network, if the moves are good and the first claim of a list that holds. *)
Definition check (S : setting) (cuts : hint) (logs : log_hint) (start : list change) (ms : list move) (claims : list claim)
  : option (claim * (list qmat * list qmat)) :=
  if wf_act (sact S) && (0 <? den (inputs S)) && changes_ok start (zero_nets S) then
    let v := vert (sact S) (inputs S) (set_layersQ start (zero_nets S)) in
    match walk S cuts v ms with
    | Some (w, vs) => match find (holds S logs v w vs) claims with Some c => Some (c, (fst v, fst w)) | None => None end
    | None => None
    end
  else None.
