(* What the kernel is told beside the certificate: an inverse of the activation, where to cut lines, and about what log-sum-exp is.
   Nothing of it has to be believed: the kernel compares the inverse with the activation, looks at each interval between cuts, and
   its bounds of log-sum-exp hold for any number, but are narrow only near the value. *)
open Kernel
module Z = Zint

(* The identity, if there is no inverse *)
let inverse ((p, l) : Reader.pieces) : Reader.pieces =
  let inv (a, b) = (Q.inv a, Q.neg (Q.div b a)) in
  let rec go (a, b) = function [] -> [] | (t, p) :: l -> (Q.add (Q.mul a t) b, inv p) :: go p l in
  if List.exists (fun (a, _) -> Q.sign a <= 0) (p :: List.map snd l) then ((Q.one, Q.zero), []) else (inv p, go p l)

exception Too_many_cuts
exception Bends
(* The breakpoints that the entries of one level, on a line from p to q, run across *)
let crossings (s : setting) (p : qmat) (q : qmat) (a : qmat) (b : qmat) visit =
  let flags = flags a.den b.den (List.tl a.num) (List.tl b.num) in
  let rec row flags u v = match flags, u, v with
    | (dead, _) :: flags, x :: u, y :: v ->
      if not dead && not (common s.sact.aden p.den q.den s.sact.rest x y) then begin
        let x = Q.make x p.den and y = Q.make y q.den in
        List.iter (fun (t, _) -> let t = Q.make t s.sact.aden in
          if Q.lt (Q.min x y) t && Q.lt t (Q.max x y) then visit (Q.div (Q.sub t x) (Q.sub y x))) s.sact.rest
      end;
      row flags u v
    | _ -> () in
  List.iter2 (row flags) p.num q.num

(* Cuts at the first crossing that is found, then the same in both parts. Where features and weights move at once there may be more
   than the two ends show: such a part is halved until the kernel accepts it. The format asks that the output runs straight along the
   whole line; where it bends at a cut there are no cuts, unless bends are allowed. *)
let cuts ~bends (s : setting) a b =
  let curved = List.length (List.filter (fun (a, b) -> not (eqQ a b)) (List.combine a b)) > 1 in
  let budget = ref (if curved then 256 else 4096) in
  let network t = if Q.equal t Q.zero then a else if Q.equal t Q.one then b else map2 (lerpQ (Q.num t) (Q.den t)) a b in
  let start = lazy (vert s.sact s.inputs a) in
  let exception At of Q.t in
  let rec go lo hi =
    decr budget; if !budget < 0 then raise Too_many_cuts;
    let a = network lo and b = network hi in
    let pa = pres s.sact s.inputs a in
    let rec levels ps qs a b = match ps, qs, a, b with
      | p :: ps, q :: qs, a :: a', b :: b' -> crossings s p q a b (fun t -> raise (At t)); levels ps qs a' b'
      | _ -> () in
    let split t = let t = Q.add lo (Q.mul (Q.sub hi lo) t) in go lo t @ (t :: go t hi) in
    let vertex = vert s.sact s.inputs in
    match levels pa (pres_from s.sact s.inputs a pa b) (List.tl a) (List.tl b) with
    | () -> if curved && not (straight s (vertex a) (vertex b)) then split (Q.of_ints 1 2) else []
    | exception At t -> split t in
  let output nets = out (vert_from s.sact s.inputs (Lazy.force start) nets) in
  if curved && not (eqQ (linQ Z.one (output a) Z.one (output b)) (let m = output (network (Q.of_ints 1 2)) in linQ Z.one m Z.one m)) then raise Bends;
  let found = go Q.zero Q.one in
  let on_chord t = bends || eqQ (output (network t)) (lerpQ (Q.num t) (Q.den t) (output a) (output b)) in
  if not (List.for_all on_chord found) then raise Bends;
  List.map (fun t -> (Q.num t, Q.den t)) found

(* log (sum exp (x / d)) in units of the kernel's scale, as good as doubles are *)
let logs d row =
  let scaled = ldexp 1. 64 in
  let row = List.map (fun x -> Z.to_float (Z.fdiv (Z.shift_left x 64) d) /. scaled) row in
  let top = List.fold_left max neg_infinity row in
  let log_sum = top +. log (List.fold_left (fun sum x -> sum +. exp (x -. top)) 0. row) in
  if Float.is_finite log_sum then Z.fdiv (Z.mul (Z.of_float (ldexp log_sum 60)) scale) (Z.shift_left Z.one 60) else Z.zero
