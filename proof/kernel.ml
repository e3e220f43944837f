
(** val negb : bool -> bool **)

let negb = function
| true -> false
| false -> true

(** val fst : ('a1 * 'a2) -> 'a1 **)

let fst = function
| (x, _) -> x

(** val snd : ('a1 * 'a2) -> 'a2 **)

let snd = function
| (_, y) -> y

(** val app : 'a1 list -> 'a1 list -> 'a1 list **)

let rec app l m =
  match l with
  | [] -> m
  | a :: l1 -> a :: (app l1 m)

type comparison =
| Eq
| Lt
| Gt

(** val compOpp : comparison -> comparison **)

let compOpp = function
| Eq -> Eq
| Lt -> Gt
| Gt -> Lt

module Coq__1 = struct
 (** val add : int -> int -> int **)
 let rec add n m =
   (fun o s n -> if n = 0 then o () else s (n - 1))
     (fun _ -> m)
     (fun p -> succ (add p m))
     n
end
include Coq__1

module Nat =
 struct
  (** val leb : int -> int -> bool **)

  let rec leb n m =
    (fun o s n -> if n = 0 then o () else s (n - 1))
      (fun _ -> true)
      (fun n' ->
      (fun o s n -> if n = 0 then o () else s (n - 1))
        (fun _ -> false)
        (fun m' -> leb n' m')
        m)
      n
 end

module Pos =
 struct
  type mask =
  | IsNul
  | IsPos of Zint.t
  | IsNeg
 end

module Coq_Pos =
 struct
  (** val succ : Zint.t -> Zint.t **)

  let rec succ x =
    (fun _ -> assert false)
      (fun p -> (fun x -> Zint.shift_left x 1) (succ p))
      (fun p -> (fun x -> Zint.succ (Zint.shift_left x 1)) p)
      (fun _ -> (fun x -> Zint.shift_left x 1) Zint.one)
      x

  (** val add : Zint.t -> Zint.t -> Zint.t **)

  let rec add x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.shift_left x 1) (add_carry p q))
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1))
        (add p q))
        (fun _ -> (fun x -> Zint.shift_left x 1) (succ p))
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1))
        (add p q))
        (fun q -> (fun x -> Zint.shift_left x 1) (add p q))
        (fun _ -> (fun x -> Zint.succ (Zint.shift_left x 1)) p)
        y)
      (fun _ ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.shift_left x 1) (succ q))
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1)) q)
        (fun _ -> (fun x -> Zint.shift_left x 1) Zint.one)
        y)
      x

  (** val add_carry : Zint.t -> Zint.t -> Zint.t **)

  and add_carry x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1))
        (add_carry p q))
        (fun q -> (fun x -> Zint.shift_left x 1) (add_carry p q))
        (fun _ -> (fun x -> Zint.succ (Zint.shift_left x 1)) (succ p))
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.shift_left x 1) (add_carry p q))
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1))
        (add p q))
        (fun _ -> (fun x -> Zint.shift_left x 1) (succ p))
        y)
      (fun _ ->
      (fun _ -> assert false)
        (fun q -> (fun x -> Zint.succ (Zint.shift_left x 1))
        (succ q))
        (fun q -> (fun x -> Zint.shift_left x 1) (succ q))
        (fun _ -> (fun x -> Zint.succ (Zint.shift_left x 1)) Zint.one)
        y)
      x

  (** val pred_double : Zint.t -> Zint.t **)

  let rec pred_double x =
    (fun _ -> assert false)
      (fun p -> (fun x -> Zint.succ (Zint.shift_left x 1))
      ((fun x -> Zint.shift_left x 1) p))
      (fun p -> (fun x -> Zint.succ (Zint.shift_left x 1))
      (pred_double p))
      (fun _ -> Zint.one)
      x

  type mask = Pos.mask =
  | IsNul
  | IsPos of Zint.t
  | IsNeg

  (** val succ_double_mask : mask -> mask **)

  let succ_double_mask = function
  | IsNul -> IsPos Zint.one
  | IsPos p -> IsPos ((fun x -> Zint.succ (Zint.shift_left x 1)) p)
  | IsNeg -> IsNeg

  (** val double_mask : mask -> mask **)

  let double_mask = function
  | IsPos p -> IsPos ((fun x -> Zint.shift_left x 1) p)
  | x0 -> x0

  (** val double_pred_mask : Zint.t -> mask **)

  let double_pred_mask x =
    (fun _ -> assert false)
      (fun p -> IsPos ((fun x -> Zint.shift_left x 1)
      ((fun x -> Zint.shift_left x 1) p)))
      (fun p -> IsPos ((fun x -> Zint.shift_left x 1)
      (pred_double p)))
      (fun _ -> IsNul)
      x

  (** val sub_mask : Zint.t -> Zint.t -> mask **)

  let rec sub_mask x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> double_mask (sub_mask p q))
        (fun q -> succ_double_mask (sub_mask p q))
        (fun _ -> IsPos ((fun x -> Zint.shift_left x 1) p))
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> succ_double_mask (sub_mask_carry p q))
        (fun q -> double_mask (sub_mask p q))
        (fun _ -> IsPos (pred_double p))
        y)
      (fun _ ->
      (fun _ -> assert false)
        (fun _ -> IsNeg)
        (fun _ -> IsNeg)
        (fun _ -> IsNul)
        y)
      x

  (** val sub_mask_carry : Zint.t -> Zint.t -> mask **)

  and sub_mask_carry x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> succ_double_mask (sub_mask_carry p q))
        (fun q -> double_mask (sub_mask p q))
        (fun _ -> IsPos (pred_double p))
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> double_mask (sub_mask_carry p q))
        (fun q -> succ_double_mask (sub_mask_carry p q))
        (fun _ -> double_pred_mask p)
        y)
      (fun _ -> IsNeg)
      x

  (** val sub : Zint.t -> Zint.t -> Zint.t **)

  let sub x y =
    match sub_mask x y with
    | IsPos z0 -> z0
    | _ -> Zint.one

  (** val mul : Zint.t -> Zint.t -> Zint.t **)

  let rec mul x y =
    (fun _ -> assert false)
      (fun p -> add y ((fun x -> Zint.shift_left x 1) (mul p y)))
      (fun p -> (fun x -> Zint.shift_left x 1) (mul p y))
      (fun _ -> y)
      x

  (** val size_nat : Zint.t -> int **)

  let rec size_nat p =
    (fun _ -> assert false)
      (fun p0 -> succ (size_nat p0))
      (fun p0 -> succ (size_nat p0))
      (fun _ -> succ 0)
      p

  (** val compare_cont : comparison -> Zint.t -> Zint.t -> comparison **)

  let rec compare_cont r x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> compare_cont r p q)
        (fun q -> compare_cont Gt p q)
        (fun _ -> Gt)
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> compare_cont Lt p q)
        (fun q -> compare_cont r p q)
        (fun _ -> Gt)
        y)
      (fun _ ->
      (fun _ -> assert false)
        (fun _ -> Lt)
        (fun _ -> Lt)
        (fun _ -> r)
        y)
      x

  (** val compare : Zint.t -> Zint.t -> comparison **)

  let compare =
    compare_cont Eq

  (** val eqb : Zint.t -> Zint.t -> bool **)

  let rec eqb p q =
    (fun _ -> assert false)
      (fun p0 ->
      (fun _ -> assert false)
        (fun q0 -> eqb p0 q0)
        (fun _ -> false)
        (fun _ -> false)
        q)
      (fun p0 ->
      (fun _ -> assert false)
        (fun _ -> false)
        (fun q0 -> eqb p0 q0)
        (fun _ -> false)
        q)
      (fun _ ->
      (fun _ -> assert false)
        (fun _ -> false)
        (fun _ -> false)
        (fun _ -> true)
        q)
      p

  (** val gcdn : int -> Zint.t -> Zint.t -> Zint.t **)

  let rec gcdn n a b =
    (fun o s n -> if n = 0 then o () else s (n - 1))
      (fun _ -> Zint.one)
      (fun n0 ->
      (fun _ -> assert false)
        (fun a' ->
        (fun _ -> assert false)
          (fun b' ->
          match compare a' b' with
          | Eq -> a
          | Lt -> gcdn n0 (sub b' a') a
          | Gt -> gcdn n0 (sub a' b') b)
          (fun b0 -> gcdn n0 a b0)
          (fun _ -> Zint.one)
          b)
        (fun a0 ->
        (fun _ -> assert false)
          (fun _ -> gcdn n0 a0 b)
          (fun b0 -> (fun x -> Zint.shift_left x 1) (gcdn n0 a0 b0))
          (fun _ -> Zint.one)
          b)
        (fun _ -> Zint.one)
        a)
      n

  (** val gcd : Zint.t -> Zint.t -> Zint.t **)

  let gcd a b =
    gcdn (Coq__1.add (size_nat a) (size_nat b)) a b
 end

module Z =
 struct
  (** val double : Zint.t -> Zint.t **)

  let double x =
    (fun _ -> assert false)
      (fun _ -> Zint.zero)
      (fun p -> ((fun x -> Zint.shift_left x 1) p))
      (fun p -> Zint.neg ((fun x -> Zint.shift_left x 1) p))
      x

  (** val succ_double : Zint.t -> Zint.t **)

  let succ_double x =
    (fun _ -> assert false)
      (fun _ -> Zint.one)
      (fun p -> ((fun x -> Zint.succ (Zint.shift_left x 1)) p))
      (fun p -> Zint.neg (Coq_Pos.pred_double p))
      x

  (** val pred_double : Zint.t -> Zint.t **)

  let pred_double x =
    (fun _ -> assert false)
      (fun _ -> Zint.neg Zint.one)
      (fun p -> (Coq_Pos.pred_double p))
      (fun p -> Zint.neg ((fun x -> Zint.succ (Zint.shift_left x 1)) p))
      x

  (** val pos_sub : Zint.t -> Zint.t -> Zint.t **)

  let rec pos_sub x y =
    (fun _ -> assert false)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> double (pos_sub p q))
        (fun q -> succ_double (pos_sub p q))
        (fun _ -> ((fun x -> Zint.shift_left x 1) p))
        y)
      (fun p ->
      (fun _ -> assert false)
        (fun q -> pred_double (pos_sub p q))
        (fun q -> double (pos_sub p q))
        (fun _ -> (Coq_Pos.pred_double p))
        y)
      (fun _ ->
      (fun _ -> assert false)
        (fun q -> Zint.neg ((fun x -> Zint.shift_left x 1) q))
        (fun q -> Zint.neg (Coq_Pos.pred_double q))
        (fun _ -> Zint.zero)
        y)
      x

  (** val compare : Zint.t -> Zint.t -> comparison **)

  let compare x y =
    (fun _ -> assert false)
      (fun _ ->
      (fun _ -> assert false)
        (fun _ -> Eq)
        (fun _ -> Lt)
        (fun _ -> Gt)
        y)
      (fun x' ->
      (fun _ -> assert false)
        (fun _ -> Gt)
        (fun y' -> Coq_Pos.compare x' y')
        (fun _ -> Gt)
        y)
      (fun x' ->
      (fun _ -> assert false)
        (fun _ -> Lt)
        (fun _ -> Lt)
        (fun y' -> compOpp (Coq_Pos.compare x' y'))
        y)
      x

  (** val abs : Zint.t -> Zint.t **)

  let abs z0 =
    (fun _ -> assert false)
      (fun _ -> Zint.zero)
      (fun p -> p)
      (fun p -> p)
      z0

  (** val pos_div_eucl : Zint.t -> Zint.t -> Zint.t * Zint.t **)

  let rec pos_div_eucl a b =
    (fun _ -> assert false)
      (fun a' ->
      let (q, r) = pos_div_eucl a' b in
      let r' =
        Zint.add (Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) r)
          Zint.one
      in
      if Zint.lt r' b
      then ((Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) q), r')
      else ((Zint.add (Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) q)
              Zint.one), (Zint.sub r' b)))
      (fun a' ->
      let (q, r) = pos_div_eucl a' b in
      let r' = Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) r in
      if Zint.lt r' b
      then ((Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) q), r')
      else ((Zint.add (Zint.mul ((fun x -> Zint.shift_left x 1) Zint.one) q)
              Zint.one), (Zint.sub r' b)))
      (fun _ ->
      if Zint.leq ((fun x -> Zint.shift_left x 1) Zint.one) b
      then (Zint.zero, Zint.one)
      else (Zint.one, Zint.zero))
      a

  (** val div_eucl : Zint.t -> Zint.t -> Zint.t * Zint.t **)

  let div_eucl a b =
    (fun _ -> assert false)
      (fun _ -> (Zint.zero, Zint.zero))
      (fun a' ->
      (fun _ -> assert false)
        (fun _ -> (Zint.zero, a))
        (fun _ -> pos_div_eucl a' b)
        (fun b' ->
        let (q, r) = pos_div_eucl a' b' in
        ((fun _ -> assert false)
           (fun _ -> ((Zint.neg q), Zint.zero))
           (fun _ -> ((Zint.neg (Zint.add q Zint.one)),
           (Zint.add b r)))
           (fun _ -> ((Zint.neg (Zint.add q Zint.one)), (Zint.add b r)))
           r))
        b)
      (fun a' ->
      (fun _ -> assert false)
        (fun _ -> (Zint.zero, a))
        (fun _ ->
        let (q, r) = pos_div_eucl a' b in
        ((fun _ -> assert false)
           (fun _ -> ((Zint.neg q), Zint.zero))
           (fun _ -> ((Zint.neg (Zint.add q Zint.one)),
           (Zint.sub b r)))
           (fun _ -> ((Zint.neg (Zint.add q Zint.one)), (Zint.sub b r)))
           r))
        (fun b' -> let (q, r) = pos_div_eucl a' b' in (q, (Zint.neg r)))
        b)
      a
 end

(** val hd : 'a1 -> 'a1 list -> 'a1 **)

let hd default = function
| [] -> default
| x :: _ -> x

(** val tl : 'a1 list -> 'a1 list **)

let tl = function
| [] -> []
| _ :: m -> m

(** val nth : int -> 'a1 list -> 'a1 -> 'a1 **)

let rec nth n l default =
  (fun o s n -> if n = 0 then o () else s (n - 1))
    (fun _ -> match l with
              | [] -> default
              | x :: _ -> x)
    (fun m -> match l with
              | [] -> default
              | _ :: t -> nth m t default)
    n

(** val last : 'a1 list -> 'a1 -> 'a1 **)

let rec last l d =
  match l with
  | [] -> d
  | a :: l0 -> (match l0 with
                | [] -> a
                | _ :: _ -> last l0 d)

(** val map : ('a1 -> 'a2) -> 'a1 list -> 'a2 list **)

let rec map f = function
| [] -> []
| a :: t -> (f a) :: (map f t)

(** val fold_left : ('a1 -> 'a2 -> 'a1) -> 'a2 list -> 'a1 -> 'a1 **)

let rec fold_left f l a0 =
  match l with
  | [] -> a0
  | b :: t -> fold_left f t (f a0 b)

(** val fold_right : ('a2 -> 'a1 -> 'a1) -> 'a1 -> 'a2 list -> 'a1 **)

let rec fold_right f a0 = function
| [] -> a0
| b :: t -> f b (fold_right f a0 t)

(** val existsb : ('a1 -> bool) -> 'a1 list -> bool **)

let rec existsb f = function
| [] -> false
| a :: l0 -> (||) (f a) (existsb f l0)

(** val forallb : ('a1 -> bool) -> 'a1 list -> bool **)

let rec forallb f = function
| [] -> true
| a :: l0 -> (&&) (f a) (forallb f l0)

(** val find : ('a1 -> bool) -> 'a1 list -> 'a1 option **)

let rec find f = function
| [] -> None
| x :: tl0 -> if f x then Some x else find f tl0

(** val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list **)

let rec combine l l' =
  match l with
  | [] -> []
  | x :: tl0 ->
    (match l' with
     | [] -> []
     | y :: tl' -> (x, y) :: (combine tl0 tl'))

(** val skipn : int -> 'a1 list -> 'a1 list **)

let rec skipn n l =
  (fun o s n -> if n = 0 then o () else s (n - 1))
    (fun _ -> l)
    (fun n0 -> match l with
               | [] -> []
               | _ :: l0 -> skipn n0 l0)
    n

type qmat = { den : Zint.t; num : Zint.t list list }

type loss =
| Square of qmat * qmat
| Hinge of qmat * int list
| Entropy of qmat * qmat
| Binary of qmat * qmat

type change = { weight : qmat option; bias : qmat option;
                marked : bool list option }

(** val stay : change **)

let stay =
  { weight = None; bias = None; marked = None }

type act = { aden : Zint.t; first : (Zint.t * Zint.t);
             rest : (Zint.t * (Zint.t * Zint.t)) list }

type setting = { sact : act; sinv : act; inputs : qmat; widths : int list;
                 outs : int }

type move =
| Line of change list
| Follow of int * int * qmat * qmat * qmat list * change

(** val is0 : Zint.t -> bool **)

let is0 x =
  Zint.equal x Zint.zero

(** val axpy : Zint.t -> Zint.t list -> Zint.t list -> Zint.t list **)

let rec axpy c u v =
  match u with
  | [] -> v
  | x :: u' ->
    (match v with
     | [] -> map (Zint.mul c) u
     | y :: v' -> (Zint.add (Zint.mul c x) y) :: (axpy c u' v'))

(** val lincomb : Zint.t list -> Zint.t list list -> Zint.t list **)

let rec lincomb r b =
  match r with
  | [] -> []
  | c :: r' ->
    (match b with
     | [] -> []
     | row :: b' ->
       if is0 c then lincomb r' b' else axpy c row (lincomb r' b'))

(** val preQ : qmat -> qmat -> qmat **)

let preQ f a =
  { den = (Zint.mul f.den a.den); num =
    (map (fun r -> lincomb (f.den :: r) a.num) f.num) }

(** val sigZ :
    Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t))
    list -> Zint.t -> Zint.t **)

let rec sigZ d d0 p l x =
  match l with
  | [] -> Zint.add (Zint.mul (fst p) x) (Zint.mul (snd p) d0)
  | p0 :: l' ->
    let (t, q) = p0 in
    if Zint.leq (Zint.mul x d) (Zint.mul t d0)
    then Zint.add (Zint.mul (fst p) x) (Zint.mul (snd p) d0)
    else sigZ d d0 q l' x

(** val actZ : act -> Zint.t -> Zint.t -> Zint.t **)

let actZ s d x =
  sigZ s.aden d s.first s.rest x

(** val sigQ : act -> qmat -> qmat **)

let sigQ s m =
  { den = (Zint.mul s.aden m.den); num = (map (map (actZ s m.den)) m.num) }

(** val wf :
    Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t)) list -> bool **)

let rec wf d p = function
| [] -> true
| p0 :: l' ->
  let (t, q) = p0 in
  (&&)
    ((&&)
      (Zint.equal (Zint.add (Zint.mul (fst p) t) (Zint.mul (snd p) d))
        (Zint.add (Zint.mul (fst q) t) (Zint.mul (snd q) d)))
      (match l' with
       | [] -> true
       | p1 :: _ -> let (t', _) = p1 in Zint.lt t t')) (wf d q l')

(** val wf_act : act -> bool **)

let wf_act s =
  (&&) (Zint.lt Zint.zero s.aden) (wf s.aden s.first s.rest)

(** val common :
    Zint.t -> Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t
    -> Zint.t -> bool **)

let rec common d d0 e l x y =
  match l with
  | [] -> true
  | p :: l' ->
    let (t, _) = p in
    (||)
      ((&&) (Zint.leq (Zint.mul x d) (Zint.mul t d0))
        (Zint.leq (Zint.mul y d) (Zint.mul t e)))
      ((&&)
        ((&&) (Zint.leq (Zint.mul t d0) (Zint.mul x d))
          (Zint.leq (Zint.mul t e) (Zint.mul y d))) (common d d0 e l' x y))

(** val beyond :
    Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t -> bool **)

let rec beyond d d0 l x =
  match l with
  | [] -> true
  | p :: l' ->
    let (t, _) = p in
    (&&) (Zint.leq (Zint.mul t d0) (Zint.mul x d)) (beyond d d0 l' x)

(** val away :
    Zint.t -> Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t
    -> Zint.t -> bool **)

let away d d0 e l x y =
  (||)
    ((||) (Zint.equal (Zint.mul x e) (Zint.mul y d0))
      ((&&) (Zint.leq (Zint.mul x e) (Zint.mul y d0)) (beyond d d0 l x)))
    ((&&) (Zint.leq (Zint.mul y d0) (Zint.mul x e))
      (match l with
       | [] -> true
       | p :: _ -> let (t, _) = p in Zint.leq (Zint.mul x d) (Zint.mul t d0)))

(** val all2 : ('a1 -> 'a2 -> bool) -> 'a1 list -> 'a2 list -> bool **)

let rec all2 f u v =
  match u with
  | [] -> (match v with
           | [] -> true
           | _ :: _ -> false)
  | x :: u' ->
    (match v with
     | [] -> false
     | y :: v' -> (&&) (f x y) (all2 f u' v'))

(** val all3 :
    ('a1 -> 'a2 -> 'a3 -> bool) -> 'a1 list -> 'a2 list -> 'a3 list -> bool **)

let rec all3 f u v w =
  match u with
  | [] ->
    (match v with
     | [] -> (match w with
              | [] -> true
              | _ :: _ -> false)
     | _ :: _ -> false)
  | x :: u' ->
    (match v with
     | [] -> false
     | y :: v' ->
       (match w with
        | [] -> false
        | z0 :: w' -> (&&) (f x y z0) (all3 f u' v' w')))

(** val eqq : Zint.t -> Zint.t -> Zint.t -> Zint.t -> bool **)

let eqq d e x y =
  if Zint.equal d e
  then Zint.equal x y
  else Zint.equal (Zint.mul x e) (Zint.mul y d)

(** val flag :
    Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> bool * bool **)

let flag d e u v =
  (((&&) (forallb is0 u) (forallb is0 v)), (all2 (eqq d e) u v))

(** val flags :
    Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list -> (bool * bool)
    list **)

let rec flags d e u v =
  match u with
  | [] -> []
  | u0 :: u' ->
    (match v with
     | [] -> []
     | v0 :: v' -> (flag d e u0 v0) :: (flags d e u' v'))

(** val entry_ok :
    act -> bool -> Zint.t -> Zint.t -> (bool * bool) -> Zint.t -> Zint.t ->
    bool **)

let entry_ok s far d e fl x y =
  (||) (fst fl)
    ((&&)
      (if far
       then away s.aden d e s.rest x y
       else common s.aden d e s.rest x y)
      ((||) ((||) (snd fl) ((&&) (Zint.equal d e) (Zint.equal x y)))
        (eqq (Zint.mul s.aden d) (Zint.mul s.aden e) (actZ s d x)
          (actZ s e y))))

(** val has_rows : int -> qmat -> bool **)

let has_rows n a =
  (&&) (Zint.lt Zint.zero a.den) (Int.equal (List.length a.num) (succ n))

(** val level_ok :
    act -> bool -> int -> qmat -> qmat -> qmat -> qmat -> bool **)

let level_ok s far n p p' a a' =
  (&&) ((&&) (has_rows n a) (has_rows n a'))
    (let fl = flags a.den a'.den (tl a.num) (tl a'.num) in
     all2 (all3 (entry_ok s far p.den p'.den) fl) p.num p'.num)

(** val pres : act -> qmat -> qmat list -> qmat list **)

let rec pres s f = function
| [] -> []
| a :: as' ->
  let p = preQ f a in
  p :: (match as' with
        | [] -> []
        | _ :: _ -> pres s (sigQ s p) as')

(** val levels_ok :
    act -> bool -> int list -> qmat list -> qmat list -> qmat list -> qmat
    list -> bool **)

let rec levels_ok s far ws ps ps' as0 as' =
  match ws with
  | [] ->
    (match ps with
     | [] -> false
     | _ :: l ->
       (match l with
        | [] ->
          (match ps' with
           | [] -> false
           | _ :: l0 ->
             (match l0 with
              | [] ->
                (match as0 with
                 | [] -> (match as' with
                          | [] -> true
                          | _ :: _ -> false)
                 | _ :: _ -> false)
              | _ :: _ -> false))
        | _ :: _ -> false))
  | n :: ws' ->
    (match ps with
     | [] -> false
     | p :: qs ->
       (match ps' with
        | [] -> false
        | p' :: qs' ->
          (match as0 with
           | [] -> false
           | a :: bs ->
             (match as' with
              | [] -> false
              | a' :: bs' ->
                (&&) (level_ok s far n p p' a a')
                  (levels_ok s far ws' qs qs' bs bs')))))

type vertex = qmat list * qmat list

(** val out : vertex -> qmat **)

let out v =
  last (snd v) { den = Zint.one; num = [] }

(** val line_ok : act -> bool -> int list -> vertex -> vertex -> bool **)

let line_ok s far ws v v' =
  match ws with
  | [] -> false
  | n :: ws' ->
    (match fst v with
     | [] -> false
     | a :: as0 ->
       (match fst v' with
        | [] -> false
        | a' :: as' ->
          (&&) ((&&) (has_rows n a) (has_rows n a'))
            (levels_ok s far ws' (snd v) (snd v') as0 as')))

(** val seg_entry :
    Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t ->
    Zint.t -> bool **)

let seg_entry p q a b o x y z0 =
  Zint.equal (Zint.mul x (Zint.mul (Zint.mul q a) b))
    (Zint.mul
      (Zint.add (Zint.mul (Zint.mul (Zint.sub q p) y) b)
        (Zint.mul (Zint.mul p z0) a)) o)

(** val seg_ok : qmat -> qmat -> qmat -> Zint.t -> Zint.t -> bool **)

let seg_ok a b o p q =
  (&&)
    ((&&) ((&&) (Zint.lt Zint.zero q) (Zint.leq Zint.zero p)) (Zint.leq p q))
    (all3 (all3 (seg_entry p q a.den b.den o.den)) o.num a.num b.num)

(** val guess_row :
    Zint.t -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list
    -> (Zint.t * Zint.t) option **)

let rec guess_row a b o x y z0 =
  match x with
  | [] -> None
  | x0 :: x' ->
    (match y with
     | [] -> None
     | y0 :: y' ->
       (match z0 with
        | [] -> None
        | z1 :: z' ->
          let q = Zint.sub (Zint.mul z1 a) (Zint.mul y0 b) in
          if is0 q
          then guess_row a b o x' y' z'
          else let p = Zint.mul (Zint.sub (Zint.mul x0 a) (Zint.mul y0 o)) b
               in
               if Zint.lt q Zint.zero
               then Some ((Zint.neg p), (Zint.neg (Zint.mul q o)))
               else Some (p, (Zint.mul q o))))

(** val guess :
    Zint.t -> Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list ->
    Zint.t list list -> Zint.t * Zint.t **)

let rec guess a b o x y w =
  match x with
  | [] -> (Zint.zero, Zint.one)
  | x0 :: x' ->
    (match y with
     | [] -> (Zint.zero, Zint.one)
     | y0 :: y' ->
       (match w with
        | [] -> (Zint.zero, Zint.one)
        | z0 :: w' ->
          (match guess_row a b o x0 y0 z0 with
           | Some t -> t
           | None -> guess a b o x' y' w')))

(** val on_segment : qmat -> qmat -> qmat -> bool **)

let on_segment a b o =
  let t = guess a.den b.den o.den o.num a.num b.num in
  seg_ok a b o (fst t) (snd t)

(** val vert : act -> qmat -> qmat list -> vertex **)

let vert s x as0 =
  (as0, (pres s x as0))

(** val same : qmat -> qmat -> bool **)

let same a b =
  (&&) (Zint.equal a.den b.den) (all2 (all2 Zint.equal) a.num b.num)

(** val pres_from :
    act -> qmat -> qmat list -> qmat list -> qmat list -> qmat list **)

let rec pres_from s f bs ps as0 = match as0 with
| [] -> pres s f as0
| a :: as' ->
  (match bs with
   | [] -> pres s f as0
   | b :: bs' ->
     (match ps with
      | [] -> pres s f as0
      | p :: ps' ->
        if same a b
        then p :: (match as' with
                   | [] -> []
                   | _ :: _ -> pres_from s (sigQ s p) bs' ps' as')
        else pres s f as0))

(** val vert_from : act -> qmat -> vertex -> qmat list -> vertex **)

let vert_from s x v as0 =
  (as0, (pres_from s x (fst v) (snd v) as0))

(** val rows2 :
    Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list -> Zint.t list
    list **)

let rec rows2 c e u v =
  match u with
  | [] -> map (map (Zint.mul e)) v
  | u0 :: u' ->
    (match v with
     | [] -> map (map (Zint.mul c)) u
     | v0 :: v' -> (axpy c u0 (map (Zint.mul e) v0)) :: (rows2 c e u' v'))

(** val linQ : Zint.t -> qmat -> Zint.t -> qmat -> qmat **)

let linQ c a e b =
  { den = (Zint.mul a.den b.den); num =
    (rows2 (Zint.mul c b.den) (Zint.mul e a.den) a.num b.num) }

(** val mulQ : qmat -> qmat -> qmat **)

let mulQ a b =
  { den = (Zint.mul a.den b.den); num =
    (map (fun r -> lincomb r b.num) a.num) }

(** val eqQ : qmat -> qmat -> bool **)

let eqQ a b =
  all2 (all2 (eqq a.den b.den)) a.num b.num

(** val content : qmat -> Zint.t **)

let content m =
  let stop = fun g x -> if Zint.equal g Zint.one then g else Zint.gcd g x in
  fold_left (fun g r -> fold_left stop r g) m.num m.den

(** val red : qmat -> qmat **)

let red m =
  let g = content m in
  if Zint.equal g Zint.one
  then m
  else let m' = { den = (Zint.fdiv m.den g); num =
         (map (map (fun x -> Zint.fdiv x g)) m.num) }
       in
       if (&&) (Zint.lt Zint.zero m'.den) (eqQ m m') then m' else m

(** val sized : int -> int -> qmat -> bool **)

let sized r c m =
  (&&) ((&&) (Zint.lt Zint.zero m.den) (Int.equal (List.length m.num) r))
    (forallb (fun u -> Int.equal (List.length u) c) m.num)

(** val unit_row : Zint.t -> int -> Zint.t list -> bool **)

let rec unit_row d i = function
| [] -> false
| x :: u' ->
  ((fun o s n -> if n = 0 then o () else s (n - 1))
     (fun _ -> (&&) (Zint.equal x d) (forallb is0 u'))
     (fun i' -> (&&) (is0 x) (unit_row d i' u'))
     i)

(** val unit_from : Zint.t -> int -> Zint.t list list -> bool **)

let rec unit_from d i = function
| [] -> true
| u0 :: u' -> (&&) (unit_row d i u0) (unit_from d (succ i) u')

(** val is_unit : qmat -> bool **)

let is_unit m =
  unit_from m.den 0 m.num

(** val inverse :
    Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * Zint.t) ->
    (Zint.t * (Zint.t * Zint.t)) list -> (Zint.t * (Zint.t * Zint.t)) list ->
    bool **)

let rec inverse d e p q l m =
  (&&)
    ((&&) (Zint.equal (Zint.mul (fst p) (fst q)) (Zint.mul d e))
      ((&&)
        (Zint.equal
          (Zint.add (Zint.mul (fst p) (snd q)) (Zint.mul (snd p) e))
          Zint.zero) (Zint.lt Zint.zero (fst p))))
    (match l with
     | [] -> (match m with
              | [] -> true
              | _ :: _ -> false)
     | p0 :: l' ->
       let (t, p') = p0 in
       (match m with
        | [] -> false
        | p1 :: m' ->
          let (u, q') = p1 in
          (&&)
            (Zint.equal (Zint.mul (Zint.mul u d) d)
              (Zint.mul (Zint.add (Zint.mul (fst p) t) (Zint.mul (snd p) d))
                e)) (inverse d e p' q' l' m')))

(** val inverses : act -> act -> bool **)

let inverses s g =
  (&&) (inverse s.aden g.aden s.first g.first s.rest g.rest)
    (inverse g.aden s.aden g.first s.first g.rest s.rest)

(** val stays : qmat -> qmat -> int -> qmat -> qmat -> bool **)

let stays t up0 m f a =
  (&&) ((&&) (has_rows m a) (has_rows m up0))
    (let fA = preQ f a in
     (&&) (eqQ (preQ t up0) fA)
       (eqQ (linQ Zint.one (preQ t a) Zint.one (preQ f up0))
         (linQ Zint.one fA Zint.one fA)))

(** val pullQ :
    act -> act -> int -> int -> qmat -> qmat -> int -> int list -> qmat ->
    qmat list -> qmat list -> qmat option **)

let rec pullQ s g n o t up0 depth ws f as0 ls =
  match ws with
  | [] -> None
  | n0 :: ws' ->
    (match as0 with
     | [] -> None
     | a :: as' ->
       let p = preQ f a in
       if has_rows n0 a
       then (match ws' with
             | [] ->
               if (&&) ((&&) (sized n o p) (sized n o t)) (Int.equal depth 0)
               then Some t
               else None
             | m :: ws'' ->
               let f1 = red (sigQ s p) in
               if sized n m p
               then ((fun o s n -> if n = 0 then o () else s (n - 1))
                       (fun _ ->
                       if (&&) (sized n m t)
                            (match as' with
                             | [] -> false
                             | a' :: _ -> stays t up0 m f1 a')
                       then Some (red (sigQ g t))
                       else None)
                       (fun d ->
                       match ls with
                       | [] -> None
                       | l :: ls' ->
                         (match as' with
                          | [] -> None
                          | b :: _ ->
                            (match pullQ s g n o t up0 d ws' f1 as' ls' with
                             | Some q ->
                               let h =
                                 red
                                   (linQ Zint.one f1 Zint.one
                                     (mulQ
                                       (linQ Zint.one q (Zint.neg Zint.one)
                                         (preQ f1 b)) l))
                               in
                               if (&&)
                                    ((&&)
                                      ((&&) (sized (hd o ws'') m l)
                                        (sized m (hd o ws'') { den = b.den;
                                          num = (tl b.num) }))
                                      (is_unit
                                        (mulQ l { den = b.den; num =
                                          (tl b.num) }))) (sized n m h)
                               then Some (red (sigQ g h))
                               else None
                             | None -> None)))
                       depth)
               else None)
       else None)

(** val replace : qmat -> int -> qmat list -> qmat list **)

let rec replace up0 depth = function
| [] -> []
| a :: as' ->
  ((fun o s n -> if n = 0 then o () else s (n - 1))
     (fun _ -> up0 :: as')
     (fun d -> a :: (replace up0 d as'))
     depth)

(** val followQ :
    act -> act -> int -> int -> qmat -> qmat -> int -> int -> int list ->
    qmat -> qmat list -> qmat -> qmat list -> qmat list option **)

let rec followQ s g n o t up0 skip depth ws f as0 rt ls =
  match ws with
  | [] -> None
  | n0 :: ws' ->
    (match as0 with
     | [] -> None
     | a :: as' ->
       let p = preQ f a in
       ((fun o s n -> if n = 0 then o () else s (n - 1))
          (fun _ ->
          match pullQ s g n o t up0 depth ws f as0 ls with
          | Some q ->
            let d = linQ Zint.one q (Zint.neg Zint.one) p in
            if (&&)
                 ((&&) ((&&) (sized (succ n0) n rt) (is_unit (preQ f rt)))
                   (sized n (hd o ws') d))
                 ((||) ((fun (m : int) n -> m < n) depth (List.length as'))
                   (Int.equal (List.length up0.num) 0))
            then Some
                   ((red (linQ Zint.one a Zint.one (mulQ rt d))) :: (replace
                                                                    up0 depth
                                                                    as'))
            else None
          | None -> None)
          (fun k ->
          match ws' with
          | [] -> None
          | m :: _ ->
            if (&&) (has_rows n0 a) (sized n m p)
            then (match followQ s g n o t up0 k depth ws' (red (sigQ s p))
                          as' rt ls with
                  | Some bs -> Some (a :: bs)
                  | None -> None)
            else None)
          skip))

(** val change_ok : change -> bool **)

let change_ok c =
  let pos = fun m ->
    match m with
    | Some m0 -> Zint.lt Zint.zero m0.den
    | None -> true
  in
  (&&) (pos c.weight) (pos c.bias)

(** val merge :
    bool list -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list **)

let rec merge marks a b u v =
  match marks with
  | [] -> map (Zint.mul b) v
  | b0 :: marks' ->
    if b0
    then (Zint.mul a (hd Zint.zero u)) :: (merge marks' a b (tl u) (tl v))
    else (Zint.mul b (hd Zint.zero v)) :: (merge marks' a b u (tl v))

(** val merges :
    bool list -> Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list ->
    Zint.t list list **)

let rec merges marks a b u v =
  match u with
  | [] -> map (merge marks a b []) v
  | u0 :: u' ->
    (match v with
     | [] -> map (fun u1 -> merge marks a b u1 []) u
     | v0 :: v' -> (merge marks a b u0 v0) :: (merges marks a b u' v'))

(** val mergeQ : bool list -> qmat -> qmat -> qmat **)

let mergeQ marks m a =
  { den = (Zint.mul m.den a.den); num =
    (merges marks a.den m.den m.num a.num) }

(** val set_layerQ : change -> qmat -> qmat **)

let set_layerQ c a =
  match c.weight with
  | Some q ->
    let new0 = fun m rows ->
      match c.marked with
      | Some marks -> mergeQ marks m { den = a.den; num = rows }
      | None -> m
    in
    let b' =
      match c.bias with
      | Some m -> new0 m ((nth 0 a.num []) :: [])
      | None -> a
    in
    let w' = new0 q (tl a.num) in
    red { den = (Zint.mul b'.den w'.den); num =
      ((map (Zint.mul w'.den) (nth 0 b'.num [])) :: (map
                                                      (map (Zint.mul b'.den))
                                                      w'.num)) }
  | None ->
    (match c.bias with
     | Some q ->
       let new0 = fun m rows ->
         match c.marked with
         | Some marks -> mergeQ marks m { den = a.den; num = rows }
         | None -> m
       in
       let b' = new0 q ((nth 0 a.num []) :: []) in
       let w' = { den = a.den; num = (tl a.num) } in
       red { den = (Zint.mul b'.den w'.den); num =
         ((map (Zint.mul w'.den) (nth 0 b'.num [])) :: (map
                                                         (map
                                                           (Zint.mul b'.den))
                                                         w'.num)) }
     | None -> a)

(** val set_layersQ : change list -> qmat list -> qmat list **)

let rec set_layersQ cs as0 = match as0 with
| [] -> as0
| a :: as' ->
  (match cs with
   | [] -> as0
   | c :: cs' -> (set_layerQ c a) :: (set_layersQ cs' as'))

(** val changes_ok : change list -> qmat list -> bool **)

let changes_ok cs as0 =
  (&&) (forallb change_ok cs) (Int.equal (List.length cs) (List.length as0))

(** val addP : qmat list -> qmat list -> qmat list **)

let rec addP p q =
  match p with
  | [] -> q
  | a :: p' ->
    (match q with
     | [] -> p
     | b :: q' -> (red (linQ Zint.one a Zint.one b)) :: (addP p' q'))

(** val tlQ : qmat -> qmat **)

let tlQ a =
  { den = a.den; num = (tl a.num) }

(** val prodP : qmat list -> qmat -> qmat list **)

let prodP f a =
  match f with
  | [] -> []
  | f0 :: f' -> (preQ f0 a) :: (map (fun g -> mulQ g (tlQ a)) f')

(** val preP : qmat list -> qmat -> qmat -> qmat list **)

let preP f a d =
  addP (prodP f a) ({ den = Zint.one; num = [] } :: (prodP f d))

(** val overQ : qmat list -> Zint.t * Zint.t list list list **)

let rec overQ = function
| [] -> (Zint.one, [])
| a :: p' ->
  let eU = overQ p' in
  ((Zint.mul a.den (fst eU)),
  ((map (map (Zint.mul (fst eU))) a.num) :: (map (map (map (Zint.mul a.den)))
                                              (snd eU))))

(** val neg_part : Zint.t -> Zint.t **)

let neg_part x =
  if Zint.leq x Zint.zero then x else Zint.zero

(** val pos_part : Zint.t -> Zint.t **)

let pos_part x =
  if Zint.leq x Zint.zero then Zint.zero else x

(** val bound :
    (Zint.t -> Zint.t) -> Zint.t list list list -> Zint.t list list **)

let rec bound part = function
| [] -> []
| a :: u' -> rows2 Zint.one Zint.one a (map (map part) (bound part u'))

(** val piece :
    Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t))
    list -> Zint.t -> Zint.t -> (Zint.t * Zint.t) option **)

let rec piece d d0 p l x y =
  match l with
  | [] -> Some p
  | p0 :: l' ->
    let (t, q) = p0 in
    if Zint.leq (Zint.mul y d) (Zint.mul t d0)
    then Some p
    else if Zint.leq (Zint.mul t d0) (Zint.mul x d)
         then piece d d0 q l' x y
         else None

(** val choose_row :
    act -> Zint.t -> (bool * bool) list -> Zint.t list -> Zint.t list ->
    (Zint.t * Zint.t) list option **)

let rec choose_row s d fl x y =
  match fl with
  | [] -> Some []
  | f :: fl' ->
    (match x with
     | [] -> None
     | a :: x' ->
       (match y with
        | [] -> None
        | b :: y' ->
          (match if fst f
                 then Some (Zint.zero, Zint.zero)
                 else piece s.aden d s.first s.rest a b with
           | Some p ->
             (match choose_row s d fl' x' y' with
              | Some ps -> Some (p :: ps)
              | None -> None)
           | None -> None)))

(** val choose :
    act -> Zint.t -> (bool * bool) list -> Zint.t list list -> Zint.t list
    list -> (Zint.t * Zint.t) list list option **)

let rec choose s d fl x y =
  match x with
  | [] -> (match y with
           | [] -> Some []
           | _ :: _ -> None)
  | x0 :: x' ->
    (match y with
     | [] -> None
     | y0 :: y' ->
       (match choose_row s d fl x0 y0 with
        | Some ps ->
          (match choose s d fl x' y' with
           | Some qs -> Some (ps :: qs)
           | None -> None)
        | None -> None))

(** val apply_row :
    Zint.t -> (Zint.t * Zint.t) list -> Zint.t list -> Zint.t list **)

let rec apply_row c ps u =
  match ps with
  | [] -> []
  | p :: ps' ->
    (Zint.add (Zint.mul (fst p) (hd Zint.zero u)) (Zint.mul c (snd p))) :: 
      (apply_row c ps' (tl u))

(** val apply :
    Zint.t -> (Zint.t * Zint.t) list list -> Zint.t list list -> Zint.t list
    list **)

let rec apply c qs u =
  match qs with
  | [] -> []
  | ps :: qs' -> (apply_row c ps (hd [] u)) :: (apply c qs' (tl u))

(** val sigP : act -> (bool * bool) list -> qmat list -> qmat list option **)

let sigP s fl p =
  let dU = overQ p in
  (match choose s (fst dU) fl (bound neg_part (snd dU))
           (bound pos_part (snd dU)) with
   | Some qs ->
     (match snd dU with
      | [] -> None
      | m :: ms ->
        let over = fun v -> red { den = (Zint.mul s.aden (fst dU)); num = v }
        in
        Some
        ((over (apply (fst dU) qs m)) :: (map (fun m0 ->
                                           over (apply Zint.zero qs m0)) ms)))
   | None -> None)

(** val outP :
    act -> int -> int list -> qmat list -> qmat list -> qmat list -> qmat
    list option **)

let rec outP s n ws f as0 bs =
  match ws with
  | [] -> None
  | n0 :: ws' ->
    (match as0 with
     | [] -> None
     | a :: as' ->
       (match bs with
        | [] -> None
        | b :: bs' ->
          let d = linQ Zint.one b (Zint.neg Zint.one) a in
          if (&&)
               ((&&) ((&&) (has_rows n0 a) (has_rows n0 b)) (has_rows n0 d))
               (match f with
                | [] -> false
                | f0 :: _ -> Int.equal (List.length f0.num) n)
          then let p = preP f a d in
               (match ws' with
                | [] ->
                  (match as' with
                   | [] -> (match bs' with
                            | [] -> Some p
                            | _ :: _ -> None)
                   | _ :: _ -> None)
                | m :: _ ->
                  (match as' with
                   | [] -> None
                   | a1 :: _ ->
                     (match bs' with
                      | [] -> None
                      | b1 :: _ ->
                        if (&&) (has_rows m a1) (has_rows m b1)
                        then (match sigP s
                                      (flags a1.den b1.den (tl a1.num)
                                        (tl b1.num)) p with
                              | Some f' -> outP s n ws' f' as' bs'
                              | None -> None)
                        else None)))
          else None))

(** val zeroQ : qmat -> bool **)

let zeroQ a =
  forallb (forallb is0) a.num

(** val curved_ok : setting -> vertex -> vertex -> bool **)

let curved_ok s v v' =
  (&&)
    ((&&) (line_ok s.sact false s.widths v v)
      (line_ok s.sact false s.widths v' v'))
    (match outP s.sact (List.length s.inputs.num) s.widths (s.inputs :: [])
             (fst v) (fst v') with
     | Some p -> forallb zeroQ (skipn (succ (succ 0)) p)
     | None -> false)

(** val straight : setting -> vertex -> vertex -> bool **)

let straight s v v' =
  (||) (line_ok s.sact false s.widths v v') (curved_ok s v v')

(** val net_ok : setting -> vertex -> bool **)

let net_ok s v =
  line_ok s.sact false s.widths v v

(** val lerpQ : Zint.t -> Zint.t -> qmat -> qmat -> qmat **)

let lerpQ p q a b =
  let m = linQ (Zint.sub q p) a p b in
  red { den = (Zint.mul q m.den); num = m.num }

(** val map2 : ('a1 -> 'a2 -> 'a3) -> 'a1 list -> 'a2 list -> 'a3 list **)

let rec map2 f u v =
  match u with
  | [] -> []
  | x :: u' -> (match v with
                | [] -> []
                | y :: v' -> (f x y) :: (map2 f u' v'))

(** val pieces :
    setting -> qmat list -> qmat list -> vertex -> Zint.t -> Zint.t -> vertex
    -> (Zint.t * Zint.t) list -> vertex list option **)

let rec pieces s as0 bs v1 p q v = function
| [] -> if (&&) (Zint.lt p q) (straight s v v1) then Some (v1 :: []) else None
| p0 :: cuts' ->
  let (p', q') = p0 in
  let v' = vert_from s.sact s.inputs v (map2 (lerpQ p' q') as0 bs) in
  if (&&)
       ((&&) (Zint.lt Zint.zero q') (Zint.lt (Zint.mul p q') (Zint.mul p' q)))
       (straight s v v')
  then (match pieces s as0 bs v1 p' q' v' cuts' with
        | Some vs -> Some (v' :: vs)
        | None -> None)
  else None

type hint = qmat list -> qmat list -> (Zint.t * Zint.t) list

(** val step :
    setting -> hint -> vertex -> move -> (vertex * vertex list) option **)

let step s cuts v = function
| Line to0 ->
  if changes_ok to0 (fst v)
  then let bs = set_layersQ to0 (fst v) in
       let v1 = vert_from s.sact s.inputs v bs in
       let along = pieces s (fst v) bs v1 Zint.zero Zint.one v in
       (match along [] with
        | Some vs -> Some (v1, vs)
        | None ->
          (match along (cuts (fst v) bs) with
           | Some vs -> Some (v1, vs)
           | None -> None))
  else None
| Follow (skip, depth, t, rt, ls, up0) ->
  if (&&) ((&&) ((&&) (inverses s.sact s.sinv) (wf_act s.sinv)) (net_ok s v))
       (change_ok up0)
  then let upQ =
         set_layerQ up0
           (nth (add skip (succ depth)) (fst v) { den = Zint.one; num = [] })
       in
       (match followQ s.sact s.sinv (List.length s.inputs.num) s.outs t upQ
                skip depth s.widths s.inputs (fst v) rt ls with
        | Some as0 ->
          let v1 = vert_from s.sact s.inputs v as0 in
          if net_ok s v1 then Some (v1, (v1 :: [])) else None
        | None -> None)
  else None

(** val walk :
    setting -> hint -> vertex -> move list -> (vertex * vertex list) option **)

let rec walk s cuts v = function
| [] -> Some (v, [])
| mv :: ms' ->
  (match step s cuts v mv with
   | Some p ->
     let (v1, us) = p in
     (match walk s cuts v1 ms' with
      | Some p0 -> let (w, vs) = p0 in Some (w, (app us vs))
      | None -> None)
   | None -> None)

(** val scale : Zint.t **)

let scale =
  ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    Zint.one))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))

(** val parts : Zint.t **)

let parts =
  ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    Zint.one))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))

(** val highest : Zint.t **)

let highest =
  ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    ((fun x -> Zint.shift_left x 1) ((fun x -> Zint.shift_left x 1)
    Zint.one))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))

(** val squares : int -> Zint.t -> Zint.t **)

let rec squares k y =
  (fun o s n -> if n = 0 then o () else s (n - 1))
    (fun _ -> y)
    (fun k' -> squares k' (Zint.fdiv (Zint.mul y y) scale))
    k

(** val exp_low : Zint.t -> Zint.t **)

let exp_low x =
  let y =
    Zint.add scale
      (Zint.fdiv (if Zint.leq x highest then x else highest) parts)
  in
  if Zint.leq y Zint.zero
  then Zint.zero
  else squares (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ (succ
         (succ (succ (succ (succ
         0))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
         y

(** val exps :
    Zint.t -> Zint.t -> Zint.t list -> (Zint.t * Zint.t) list option **)

let rec exps d a = function
| [] -> Some []
| x :: u' ->
  let e = exp_low (Zint.add a (Zint.fdiv (Zint.mul (Zint.neg x) scale) d)) in
  (match exps d a u' with
   | Some es ->
     if Zint.lt Zint.zero e
     then Some (((exp_low (Zint.sub (Zint.fdiv (Zint.mul x scale) d) a)),
            (Zint.add (Zint.fdiv (Zint.mul scale scale) e) Zint.one)) :: es)
     else None
   | None -> None)

(** val total : Zint.t list -> Zint.t **)

let total u =
  fold_right Zint.add Zint.zero u

(** val dot : Zint.t list -> Zint.t list -> Zint.t **)

let rec dot u v =
  match u with
  | [] -> Zint.zero
  | x :: u' ->
    (match v with
     | [] -> Zint.zero
     | y :: v' -> Zint.add (Zint.mul x y) (dot u' v'))

type log_hint = Zint.t -> Zint.t list -> Zint.t

(** val log_sum :
    log_hint -> Zint.t -> Zint.t list -> (Zint.t * Zint.t) option **)

let log_sum logs d u =
  let a = logs d u in
  (match exps d a u with
   | Some es ->
     let low = total (map fst es) in
     if Zint.lt Zint.zero low
     then Some
            ((Zint.sub (Zint.add a scale)
               (Zint.add (Zint.fdiv (Zint.mul scale scale) low) Zint.one)),
            (Zint.add (Zint.sub a scale) (total (map snd es))))
     else None
   | None -> None)

(** val entropy_row :
    log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list ->
    (Zint.t * Zint.t) option **)

let entropy_row logs _ d u t =
  match log_sum logs d u with
  | Some b ->
    let linear = Zint.mul (dot t u) scale in
    Some ((Zint.sub (Zint.mul (Zint.mul (total t) (fst b)) d) linear),
    (Zint.sub (Zint.mul (Zint.mul (total t) (snd b)) d) linear))
  | None -> None

(** val binary_row :
    log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list ->
    (Zint.t * Zint.t) option **)

let rec binary_row logs e d u t =
  match u with
  | [] -> Some (Zint.zero, Zint.zero)
  | x :: u' ->
    (match t with
     | [] -> Some (Zint.zero, Zint.zero)
     | y :: t' ->
       (match entropy_row logs e d (Zint.zero :: (x :: []))
                ((Zint.sub e y) :: (y :: [])) with
        | Some b ->
          (match binary_row logs e d u' t' with
           | Some c ->
             Some ((Zint.add (fst b) (fst c)), (Zint.add (snd b) (snd c)))
           | None -> None)
        | None -> None))

(** val weigh2 :
    (Zint.t list -> 'a1 -> (Zint.t * Zint.t) option) -> Zint.t list list ->
    Zint.t list list -> 'a1 list -> (Zint.t * Zint.t) option **)

let rec weigh2 f w u v =
  match w with
  | [] -> Some (Zint.zero, Zint.zero)
  | w0 :: w' ->
    (match u with
     | [] -> Some (Zint.zero, Zint.zero)
     | u0 :: u' ->
       (match v with
        | [] -> Some (Zint.zero, Zint.zero)
        | v0 :: v' ->
          (match f u0 v0 with
           | Some b ->
             (match weigh2 f w' u' v' with
              | Some c ->
                Some
                  ((Zint.add (Zint.mul (hd Zint.zero w0) (fst b)) (fst c)),
                  (Zint.add (Zint.mul (hd Zint.zero w0) (snd b)) (snd c)))
              | None -> None)
           | None -> None)))

(** val square_row :
    Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t **)

let rec square_row a b u v =
  match u with
  | [] -> Zint.zero
  | x :: u' ->
    (match v with
     | [] -> Zint.zero
     | y :: v' ->
       let r = Zint.sub (Zint.mul x b) (Zint.mul y a) in
       Zint.add (Zint.mul r r) (square_row a b u' v'))

(** val hinge_row :
    Zint.t -> Zint.t -> int -> int -> Zint.t list -> Zint.t **)

let rec hinge_row d x y j = function
| [] -> Zint.zero
| v :: u' ->
  let a = if Int.equal j y then Zint.zero else Zint.sub (Zint.add d v) x in
  let b = hinge_row d x y (succ j) u' in if Zint.leq a b then b else a

(** val weigh :
    (Zint.t list -> 'a1 -> Zint.t) -> Zint.t list list -> Zint.t list list ->
    'a1 list -> Zint.t **)

let rec weigh f w u v =
  match w with
  | [] -> Zint.zero
  | w0 :: w' ->
    (match u with
     | [] -> Zint.zero
     | u0 :: u' ->
       (match v with
        | [] -> Zint.zero
        | v0 :: v' ->
          Zint.add (Zint.mul (hd Zint.zero w0) (f u0 v0)) (weigh f w' u' v')))

(** val weights_ok : int -> qmat -> bool **)

let weights_ok n w =
  (&&) (sized n (succ 0) w) (forallb (forallb (Zint.leq Zint.zero)) w.num)

(** val loss_ok : loss -> int -> int -> bool **)

let loss_ok l n m =
  match l with
  | Square (w, y) -> (&&) (weights_ok n w) (sized n m y)
  | Hinge (w, labels) ->
    (&&) ((&&) (weights_ok n w) (Int.equal (List.length labels) n))
      (forallb (fun y -> (fun (m : int) n -> m < n) y m) labels)
  | Entropy (w, t) ->
    (&&) ((&&) (weights_ok n w) (sized n m t))
      (forallb (forallb (Zint.leq Zint.zero)) t.num)
  | Binary (w, t) -> (&&) (weights_ok n w) (sized n m t)

(** val valueQ :
    log_hint -> loss -> qmat -> ((Zint.t * Zint.t) * Zint.t) option **)

let valueQ logs l f =
  let exactly = fun x d -> Some ((x, x), d) in
  let between = fun xs d -> match xs with
                            | Some x -> Some (x, d)
                            | None -> None
  in
  (match l with
   | Square (w, y) ->
     exactly (weigh (square_row f.den y.den) w.num f.num y.num)
       (Zint.mul w.den
         (Zint.mul (Zint.mul f.den y.den) (Zint.mul f.den y.den)))
   | Hinge (w, labels) ->
     exactly
       (weigh (fun u y -> hinge_row f.den (nth y u Zint.zero) y 0 u) w.num
         f.num labels) (Zint.mul w.den f.den)
   | Entropy (w, t) ->
     between (weigh2 (entropy_row logs t.den f.den) w.num f.num t.num)
       (Zint.mul w.den (Zint.mul (Zint.mul t.den f.den) scale))
   | Binary (w, t) ->
     between (weigh2 (binary_row logs t.den f.den) w.num f.num t.num)
       (Zint.mul w.den (Zint.mul (Zint.mul t.den f.den) scale)))

(** val with_value :
    log_hint -> loss -> vertex -> qmat * ((Zint.t * Zint.t) * Zint.t) option **)

let with_value logs l u =
  ((out u), (valueQ logs l (out u)))

(** val at_most :
    (qmat * ((Zint.t * Zint.t) * Zint.t) option) list ->
    (qmat * ((Zint.t * Zint.t) * Zint.t) option) -> bool **)

let at_most bounds x =
  existsb (fun b ->
    (||) (eqQ (fst x) (fst b))
      (match snd x with
       | Some p ->
         let (p0, d) = p in
         let (_, high) = p0 in
         (match snd b with
          | Some y ->
            let (y0, e) = y in
            let (low, _) = y0 in Zint.leq (Zint.mul high e) (Zint.mul low d)
          | None -> false)
       | None -> false)) bounds

(** val bounded_by :
    log_hint -> loss -> int -> int -> vertex list -> vertex list -> bool **)

let bounded_by logs l n m ends vs =
  (&&) ((&&) (loss_ok l n m) (forallb (fun u -> sized n m (out u)) vs))
    (let bounds = map (with_value logs l) ends in
     forallb (fun u -> at_most bounds (with_value logs l u)) vs)

(** val slope_row :
    Zint.t -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list
    -> Zint.t **)

let rec slope_row a b d u v y =
  match u with
  | [] -> Zint.zero
  | p :: u' ->
    (match v with
     | [] -> Zint.zero
     | q :: v' ->
       (match y with
        | [] -> Zint.zero
        | r :: y' ->
          Zint.add
            (Zint.mul (Zint.sub (Zint.mul p d) (Zint.mul r b))
              (Zint.sub (Zint.mul p a) (Zint.mul q b)))
            (slope_row a b d u' v' y')))

(** val lowest_of_largest :
    (Zint.t * Zint.t) -> (Zint.t * Zint.t) -> Zint.t * Zint.t **)

let lowest_of_largest p q =
  if Zint.lt (fst p) (fst q)
  then q
  else if Zint.lt (fst q) (fst p)
       then p
       else if Zint.leq (snd p) (snd q) then p else q

(** val margin_row :
    Zint.t -> Zint.t -> int -> int -> Zint.t -> Zint.t -> Zint.t list ->
    Zint.t list -> Zint.t * Zint.t **)

let rec margin_row a b y j p q u v =
  match u with
  | [] -> (Zint.zero, Zint.zero)
  | x :: u' ->
    (match v with
     | [] -> (Zint.zero, Zint.zero)
     | z0 :: v' ->
       lowest_of_largest
         (if Int.equal j y
          then (Zint.zero, Zint.zero)
          else ((Zint.sub (Zint.add b x) p),
                 (Zint.sub (Zint.mul (Zint.sub x p) a)
                   (Zint.mul (Zint.sub z0 q) b))))
         (margin_row a b y (succ j) p q u' v'))

(** val steps :
    Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list **)

let rec steps a b u v =
  match u with
  | [] -> []
  | x :: u' ->
    (match v with
     | [] -> []
     | z0 :: v' ->
       (Zint.sub (Zint.mul x a) (Zint.mul z0 b)) :: (steps a b u' v'))

(** val up : (Zint.t * Zint.t) list -> Zint.t list -> Zint.t **)

let rec up es d =
  match es with
  | [] -> Zint.zero
  | e :: es' ->
    (match d with
     | [] -> Zint.zero
     | x :: d' ->
       Zint.add
         (if Zint.leq Zint.zero x
          then Zint.mul (snd e) x
          else Zint.mul (fst e) x) (up es' d'))

(** val entropy_slope :
    log_hint -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list ->
    (Zint.t * Zint.t) option **)

let entropy_slope logs b u v t =
  match exps b (logs b u) u with
  | Some es ->
    let low = total (map fst es) in
    let x =
      up es (map (fun v0 -> Zint.sub (Zint.mul (total t) v0) (dot t v)) v)
    in
    let q =
      if Zint.leq x Zint.zero
      then Zint.neg
             (Zint.fdiv (Zint.mul (Zint.neg x) scale) (total (map snd es)))
      else Zint.add (Zint.fdiv (Zint.mul x scale) low) Zint.one
    in
    if Zint.lt Zint.zero low then Some (q, q) else None
  | None -> None

(** val binary_slope :
    log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list
    -> (Zint.t * Zint.t) option **)

let rec binary_slope logs e b u v t =
  match u with
  | [] -> Some (Zint.zero, Zint.zero)
  | x :: u' ->
    (match v with
     | [] -> Some (Zint.zero, Zint.zero)
     | v0 :: v' ->
       (match t with
        | [] -> Some (Zint.zero, Zint.zero)
        | y :: t' ->
          (match entropy_slope logs b (Zint.zero :: (x :: []))
                   (Zint.zero :: (v0 :: [])) ((Zint.sub e y) :: (y :: [])) with
           | Some p ->
             (match binary_slope logs e b u' v' t' with
              | Some q ->
                Some ((Zint.add (fst p) (fst q)), (Zint.add (snd p) (snd q)))
              | None -> None)
           | None -> None)))

(** val falls : log_hint -> loss -> bool -> qmat -> qmat -> bool **)

let falls logs l strictly a b =
  let a0 = a.den in
  let b0 = b.den in
  let negative = fun q ->
    match q with
    | Some q0 ->
      if strictly
      then Zint.lt (snd q0) Zint.zero
      else Zint.leq (snd q0) Zint.zero
    | None -> false
  in
  (match l with
   | Square (w, y) ->
     (&&)
       (Zint.leq
         (weigh (fun u vy -> slope_row a0 b0 y.den u (fst vy) (snd vy)) w.num
           b.num (combine a.num y.num)) Zint.zero)
       ((||) (negb strictly)
         (Zint.lt Zint.zero (weigh (square_row b0 a0) w.num b.num a.num)))
   | Hinge (w, labels) ->
     let slope =
       weigh (fun u vy ->
         snd
           (margin_row a0 b0 (snd vy) 0 (nth (snd vy) u Zint.zero)
             (nth (snd vy) (fst vy) Zint.zero) u (fst vy))) w.num b.num
         (combine a.num labels)
     in
     if strictly then Zint.lt slope Zint.zero else Zint.leq slope Zint.zero
   | Entropy (w, t) ->
     negative
       (weigh2 (fun u vt ->
         entropy_slope logs b0 u (steps a0 b0 u (fst vt)) (snd vt)) w.num
         b.num (combine a.num t.num))
   | Binary (w, t) ->
     negative
       (weigh2 (fun u vt ->
         binary_slope logs t.den b0 u (steps a0 b0 u (fst vt)) (snd vt))
         w.num b.num (combine a.num t.num)))

(** val chain_ok :
    (vertex -> vertex -> bool) -> vertex -> vertex list -> bool **)

let rec chain_ok f v = function
| [] -> true
| w :: vs' -> (&&) (f v w) (chain_ok f w vs')

(** val falls_along :
    log_hint -> loss -> bool -> int -> int -> vertex -> vertex list -> bool **)

let falls_along logs l strictly n m v vs =
  (&&)
    ((&&) (loss_ok l n m) (forallb (fun u -> sized n m (out u)) (v :: vs)))
    (chain_ok (fun u u' -> falls logs l strictly (out u) (out u')) v vs)

type claim =
| Every
| Constant of change list
| Connected of loss
| Descends of loss
| Falls of loss * bool

(** val zero_nets : setting -> qmat list **)

let zero_nets s =
  map (fun _ -> { den = Zint.one; num = [] }) s.widths

(** val constant :
    setting -> vertex -> vertex -> vertex list -> change list -> bool **)

let constant s v w vs dir =
  let d = set_layersQ dir (zero_nets s) in
  let w' =
    vert s.sact s.inputs
      (map2 (fun a b -> red (linQ Zint.one a Zint.one b)) (fst w) d)
  in
  (&&)
    ((&&)
      ((&&)
        ((&&)
          ((&&) (changes_ok dir (zero_nets s))
            (Int.equal (List.length (fst w)) (List.length (zero_nets s))))
          (negb (forallb zeroQ d))) (line_ok s.sact true s.widths w w'))
      (eqQ (out w) (out w')))
    (forallb (fun u -> eqQ (out v) (out u)) (v :: vs))

(** val holds :
    setting -> log_hint -> vertex -> vertex -> vertex list -> claim -> bool **)

let holds s logs v w vs c =
  let n = List.length s.inputs.num in
  (match c with
   | Every -> forallb (fun u -> on_segment (out v) (out w) (out u)) (v :: vs)
   | Constant dir -> constant s v w vs dir
   | Connected l -> bounded_by logs l n s.outs (v :: (w :: [])) (v :: vs)
   | Descends l -> bounded_by logs l n s.outs (v :: []) (v :: vs)
   | Falls (l, strictly) -> falls_along logs l strictly n s.outs v vs)

(** val check :
    setting -> hint -> log_hint -> change list -> move list -> claim list ->
    (claim * (qmat list * qmat list)) option **)

let check s cuts logs start ms claims =
  if (&&) ((&&) (wf_act s.sact) (Zint.lt Zint.zero s.inputs.den))
       (changes_ok start (zero_nets s))
  then let v = vert s.sact s.inputs (set_layersQ start (zero_nets s)) in
       (match walk s cuts v ms with
        | Some p ->
          let (w, vs) = p in
          (match find (holds s logs v w vs) claims with
           | Some c -> Some (c, ((fst v), (fst w)))
           | None -> None)
        | None -> None)
  else None

type segment = { basis : int list; basis_inverse : qmat; segment_end : qmat }

(** val columns : int -> Zint.t list list -> Zint.t list list **)

let rec columns c u =
  (fun o s n -> if n = 0 then o () else s (n - 1))
    (fun _ -> [])
    (fun c' -> (map (hd Zint.zero) u) :: (columns c' (map tl u)))
    c

(** val tall : int -> int -> qmat -> qmat **)

let tall n p a =
  if (fun (m : int) n -> m < n) n p
  then { den = a.den; num = (columns p a.num) }
  else a

(** val rows_at : int list -> qmat -> qmat **)

let rows_at b a =
  { den = a.den; num = (map (fun i -> nth i a.num []) b) }

(** val segment_ok : int -> int -> qmat -> segment -> bool **)

let segment_ok n p a s =
  let m = if (fun (m : int) n -> m < n) n p then n else p in
  let m0 = rows_at s.basis (tall n p a) in
  (&&)
    ((&&)
      ((&&)
        ((&&) ((&&) (sized n p a) (sized n p s.segment_end))
          (sized m m s.basis_inverse)) (Int.equal (List.length s.basis) m))
      (eqQ m0 (rows_at s.basis (tall n p s.segment_end))))
    (is_unit (mulQ s.basis_inverse m0))

(** val segments_ok : int -> int -> qmat -> segment list -> bool **)

let rec segments_ok n p a = function
| [] -> true
| s :: l' -> (&&) (segment_ok n p a s) (segments_ok n p s.segment_end l')

(** val check_chain : int -> int -> qmat -> segment list -> bool **)

let check_chain n p a l =
  (&&) (negb (Int.equal (List.length l) 0)) (segments_ok n p a l)

(** val layers_of : int list -> change list -> qmat list **)

let layers_of ws start =
  set_layersQ start (map (fun _ -> { den = Zint.one; num = [] }) ws)

(** val without_inputs : act -> int list -> int -> setting **)

let without_inputs s ws o =
  { sact = s; sinv = s; inputs = { den = Zint.one; num = ([] :: []) };
    widths = (0 :: (tl ws)); outs = o }

(** val row_wins : int -> int -> Zint.t -> Zint.t list -> bool **)

let rec row_wins j k x = function
| [] -> true
| y :: u' ->
  (&&) ((||) (Int.equal k j) (Zint.lt y x)) (row_wins j (succ k) x u')

(** val wins : int -> int -> qmat -> bool **)

let wins o j f =
  (&&) ((&&) (sized (succ 0) o f) ((fun (m : int) n -> m < n) j o))
    (let u = nth 0 f.num [] in row_wins j 0 (nth j u Zint.zero) u)

(** val seen_at : act -> int list -> qmat list -> qmat -> qmat list **)

let seen_at _ _ as0 x =
  match as0 with
  | [] -> []
  | a :: as' -> (red (preQ x a)) :: as'

(** val way_ok : setting -> hint -> int -> qmat list -> qmat list -> bool **)

let way_ok s cuts j as0 bs =
  let from = vert s.sact s.inputs as0 in
  let to0 = vert s.sact s.inputs bs in
  let way = pieces s as0 bs to0 Zint.zero Zint.one from in
  (match match way [] with
         | Some l -> Some l
         | None -> way (cuts as0 bs) with
   | Some vs -> forallb (fun v -> wins s.outs j (out v)) (from :: vs)
   | None -> false)

(** val ways_ok :
    setting -> hint -> int -> (qmat -> qmat list) -> qmat -> qmat list -> bool **)

let rec ways_ok s cuts j see x = function
| [] -> true
| y :: stops' ->
  (&&) (way_ok s cuts j (see x) (see y)) (ways_ok s cuts j see y stops')

(** val check_class_path :
    act -> hint -> int list -> int -> change list -> int -> qmat -> qmat list
    -> bool **)

let check_class_path s cuts ws o start j x stops =
  let as0 = layers_of ws start in
  (match ws with
   | [] -> false
   | n :: _ ->
     (match as0 with
      | [] -> false
      | a :: _ ->
        (&&)
          ((&&)
            ((&&)
              ((&&)
                ((&&) (wf_act s)
                  (changes_ok start
                    (map (fun _ -> { den = Zint.one; num = [] }) ws)))
                (has_rows n a)) (forallb (sized (succ 0) n) (x :: stops)))
            (negb (Int.equal (List.length stops) 0)))
          (ways_ok (without_inputs s ws o) cuts j (seen_at s ws as0) x stops)))

(** val is_multiple : Zint.t -> Zint.t -> bool **)

let is_multiple q x =
  Zint.equal (Zint.sub x (Zint.mul q (Zint.fdiv x q))) Zint.zero

(** val unit_row_mod :
    Zint.t -> Zint.t -> int -> int -> Zint.t list -> bool **)

let rec unit_row_mod q d i k = function
| [] -> true
| x :: u' ->
  (&&) (is_multiple q (if Int.equal i k then Zint.sub x d else x))
    (unit_row_mod q d i (succ k) u')

(** val unit_mod : Zint.t -> Zint.t -> int -> Zint.t list list -> bool **)

let rec unit_mod q d i = function
| [] -> true
| u0 :: u' -> (&&) (unit_row_mod q d i 0 u0) (unit_mod q d (succ i) u')

(** val rank_ok :
    int -> int -> qmat -> (Zint.t * Zint.t list list) -> bool **)

let rank_ok n m a rank =
  let q = fst rank in
  let l = { den = Zint.one; num = (snd rank) } in
  let w = red (tlQ a) in
  let m0 = mulQ l w in
  (&&)
    ((&&)
      ((&&)
        ((&&) ((&&) (has_rows n a) (Zint.lt Zint.one q))
          (Zint.equal (Zint.gcd w.den q) Zint.one)) (sized m n l))
      (sized m m m0)) (unit_mod q w.den 0 m0.num)

(** val ranks_ok :
    int list -> qmat list -> (Zint.t * Zint.t list list) list -> bool **)

let rec ranks_ok ws as0 ranks =
  match ws with
  | [] -> false
  | n :: ws' ->
    (match ws' with
     | [] ->
       (match as0 with
        | [] -> false
        | _ :: l ->
          (match l with
           | [] -> (match ranks with
                    | [] -> true
                    | _ :: _ -> false)
           | _ :: _ -> false))
     | m :: _ ->
       (match as0 with
        | [] -> false
        | a :: as' ->
          (match ranks with
           | [] -> false
           | rank :: ranks' ->
             (&&) (rank_ok n m a rank) (ranks_ok ws' as' ranks'))))

(** val rises : act -> bool **)

let rises s =
  (&&) (Zint.leq Zint.zero (fst s.first))
    (forallb (fun tq -> Zint.leq Zint.zero (fst (snd tq))) s.rest)

(** val check_regions :
    act -> act -> int list -> change list -> (Zint.t * Zint.t list list) list
    -> bool **)

let check_regions s g ws start ranks =
  (&&)
    ((&&)
      ((&&) (wf_act s)
        (changes_ok start (map (fun _ -> { den = Zint.one; num = [] }) ws)))
      (ranks_ok ws (layers_of ws start) ranks))
    (match ranks with
     | [] -> true
     | _ :: l ->
       (match l with
        | [] -> rises s
        | _ :: _ -> (&&) (inverses s g) (wf_act g)))
