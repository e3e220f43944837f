(* Reads a certificate. To be believed: that this file says to the kernel which numbers are meant. It computes two things only: the
   pieces a x + b of the activation, over one denominator, and the order of the rows of R. *)
open Kernel
module Z = Zint

exception Malformed of string
exception Not_covered of string
exception Cut_off
let malformed what = raise (Malformed what)
let not_covered what = raise (Not_covered what)
let need holds what = if not holds then malformed what

(* Values of JSON. An object has these keys and no other, none twice; what may be left out is `Null. *)
type json = Yojson.Basic.t
let fields keys optional = function
  | `Assoc l ->
    let names = List.map fst l in
    List.iter (fun k -> need (List.mem k keys || List.mem k optional) ("the key `" ^ k ^ "` is not known here")) names;
    need (List.length (List.sort_uniq compare names) = List.length names) "a key is there twice";
    List.iter (fun k -> need (List.mem k names) ("the key `" ^ k ^ "` is missing")) keys;
    fun k -> (try List.assoc k l with Not_found -> `Null)
  | _ -> malformed "expected an object"
let list : json -> json list = function `List l -> l | _ -> malformed "expected a list"
let count : json -> int = function `Int n when n >= 0 -> n | _ -> malformed "expected a count"
let text : json -> string = function `String s -> s | _ -> malformed "expected a string"
(* decimal, as the format spells it; Zarith alone would read more *)
let integer s =
  let digits = if s <> "" && s.[0] = '-' then String.sub s 1 (String.length s - 1) else s in
  let n = String.length digits in
  need (n > 0 && (digits.[0] <> '0' || s = "0")) ("`" ^ s ^ "` is no integer");
  String.iter (fun c -> need ('0' <= c && c <= '9') "a digit is expected in an integer") digits;
  Z.of_string s
let fraction j =
  match String.split_on_char '/' (text j) with
  | [p] -> Q.of_bigint (integer p)
  | [p; q] -> let q = integer q in need (Z.gt q Z.one) "a denominator is at least 2"; Q.make (integer p) q
  | _ -> malformed "expected a fraction"

let matrix r c j =
  let get = fields ["rows"; "cols"; "den"; "num"] [] j in
  let num = List.map (fun row -> List.map (fun x -> integer (text x)) (list row)) (list (get "num")) in
  need (count (get "rows") = r && count (get "cols") = c && List.length num = r
        && List.for_all (fun row -> List.length row = c) num) (Printf.sprintf "a matrix of %d x %d is expected" r c);
  let den = integer (text (get "den")) in
  need (Z.sign den > 0) "a denominator is positive";
  { den; num }
let maybe f = function `Null -> None | j -> Some (f j)

(* The activation as pieces: first (a, b), then (t, (a, b)) behind each breakpoint t *)
type pieces = (Q.t * Q.t) * (Q.t * (Q.t * Q.t)) list
let pieces j : pieces =
  let get = fields ["breakpoints"; "slopes"; "value"] [] j in
  let ts = List.map fraction (list (get "breakpoints")) and slopes = List.map fraction (list (get "slopes")) in
  need (ts <> [] && List.length slopes = List.length ts + 1) "an activation has one slope more than breakpoints, and a breakpoint";
  let piece a t v = (a, Q.sub v (Q.mul a t)) in
  let rec go t v slopes ts = match slopes, ts with
    | a :: slopes, t' :: ts -> (t, piece a t v) :: go t' (Q.add v (Q.mul a (Q.sub t' t))) slopes ts
    | a :: _, [] -> [(t, piece a t v)]
    | [], _ -> [] in
  let t = List.hd ts and v = fraction (get "value") in
  (piece (List.hd slopes) t v, go t v (List.tl slopes) (List.tl ts))
let to_act ((p, l) : pieces) =
  let all = fst p :: snd p :: List.concat_map (fun (t, (a, b)) -> [t; a; b]) l in
  let d = List.fold_left (fun d x -> Z.lcm d (Q.den x)) Z.one all in
  let n x = Z.divexact (Z.mul (Q.num x) d) (Q.den x) in
  { aden = d; first = (n (fst p), n (snd p)); rest = List.map (fun (t, (a, b)) -> (n t, (n a, n b))) l }

(* A layer of n inputs and m neurons; columns [1, 3] of 5 as the marks of each neuron *)
let change columns_allowed n m j =
  let get = fields [] (["weight"; "bias"] @ if columns_allowed then ["columns"] else []) j in
  let columns = maybe (fun j -> List.map count (list j)) (get "columns") in
  let marks_of columns =
    let marks = Array.make m false in
    ignore (List.fold_left (fun before c -> need (before < c && c < m) "columns ascend"; marks.(c) <- true; c) (-1) columns);
    need (columns <> [] && List.length columns < m) "some columns, and not all";
    Array.to_list marks in
  let width = match columns with None -> m | Some l -> List.length l in
  let c = { weight = maybe (matrix n width) (get "weight"); bias = maybe (matrix 1 width) (get "bias");
            marked = Option.map marks_of columns } in
  need (c.weight <> None || c.bias <> None) "a layer has neither `weight` nor `bias`";
  c
let changes columns_allowed (w : int array) j =
  let depth = Array.length w - 1 in
  let names = List.init depth (fun l -> string_of_int (l + 1)) in
  let get = fields [] names j in
  List.mapi (fun l name -> match get name with `Null -> stay | j -> change columns_allowed w.(l) w.(l + 1) j) names

(* The loss, under the file's name. A sample counts once where no weights are given; labels of a cross-entropy stand for unit rows. *)
type named = { name : string; labelled : bool; loss : loss }
let loss n outputs = function
  | `Null -> None
  | j ->
    let get = fields ["name"] ["labels"; "targets"; "weights"] j in
    let weights = match get "weights" with `Null -> { den = Z.one; num = List.init n (fun _ -> [Z.one]) } | j -> matrix n 1 j in
    need (List.exists (fun row -> Z.sign (List.hd row) <> 0) weights.num && List.for_all (fun row -> Z.sign (List.hd row) >= 0) weights.num)
      "weights are not negative, and not all 0";
    let labels j =
      let labels = List.map count (list j) in
      need (List.length labels = n && List.for_all (fun y -> y < outputs) labels) "a label a sample, below the number of outputs";
      labels in
    let probabilities fit j =
      let t = matrix n outputs j in
      need (List.for_all (List.for_all (fun x -> Z.sign x >= 0 && fit x t.den)) t.num) "a target is no probability";
      t in
    let row y = List.init outputs (fun j -> if j = y then Z.one else Z.zero) in
    let name = text (get "name") in
    let labelled, loss = match name, get "targets", get "labels" with
      | ("square" | "mean-square"), targets, `Null -> false, Square (weights, matrix n outputs targets)
      | "hinge", `Null, j -> true, Hinge (weights, labels j)
      | "cross-entropy", `Null, j -> true, Entropy (weights, { den = Z.one; num = List.map row (labels j) })
      | "cross-entropy", targets, `Null -> false, Entropy (weights, probabilities (fun _ _ -> true) targets)
      | "binary-cross-entropy", targets, `Null -> false, Binary (weights, probabilities Z.leq targets)
      | _ -> malformed "a loss of this name with these data is not known" in
    Some { name; labelled; loss }

(* of version 3 *)
let is_new_loss = function
  | `Assoc l -> List.mem_assoc "weights" l || (match List.assoc_opt "name" l with
      | Some (`String ("mean-square" | "binary-cross-entropy")) -> true
      | Some (`String "cross-entropy") -> List.mem_assoc "targets" l
      | _ -> false)
  | _ -> false

type certificate = {
  claim : string; widths : int list; activation : pieces; loss : named option; equal_inputs : bool;
  setting : act -> setting; (* given an inverse of the activation *)
  start : change list; moves : move list; ray : change list option;
}

(* A follow; R and L_l are those of the follows before where they are left out. Where the loss is to fall strictly the bias of
   the output may move besides, which is not known here. *)
let follow w n tilts right left r =
  let get = fields ["record"; "first"; "level"; "output"; "layers"] ["right_inverse"; "left_inverses"] r in
  let depth = Array.length w - 1 in
  let s = count (get "first") and j = count (get "level") in
  need (1 <= s && s <= j && j <= depth) "a follow has 1 <= first <= level <= number of layers";
  (match maybe (matrix (w.(s - 1) + 1) n) (get "right_inverse") with None -> () | given -> right := given);
  let names = List.init (j - s) (fun k -> s + 1 + k) in
  let inverse = fields [] (List.map string_of_int names) (match get "left_inverses" with `Null -> `Assoc [] | j -> j) in
  List.iter (fun l -> match maybe (matrix w.(l) w.(l - 1)) (inverse (string_of_int l)) with None -> () | given -> left.(l) <- given) names;
  let known what = function Some m -> m | None -> malformed (what ^ " was never given") in
  let up = match get "layers" with
    | `Assoc [] -> stay
    | `Assoc l when tilts && j + 1 < depth && List.mem_assoc (string_of_int depth) l -> not_covered "a follow beside which the output bias moves"
    | g when j < depth -> (let next = string_of_int (j + 1) in change false w.(j) w.(j + 1) (fields [next] [] g next))
    | _ -> malformed "layers beyond the last one" in
  let m = known "the right inverse" !right in
  need (List.length m.num = w.(s - 1) + 1) "the right inverse does not fit";
  (* R is [1, F] R = I in the kernel and [F, 1] R = I in the file: the last row goes first *)
  let rows = Array.of_list m.num in
  let k = Array.length rows - 1 in
  let bias_first = rows.(k) :: Array.to_list (Array.sub rows 0 k) in
  Follow (s - 1, j - s, matrix n w.(j) (get "output"), { m with num = bias_first },
    List.map (fun l -> known "a left inverse" left.(l)) names, up)

(* What is no path. A network here has every layer, and two classes or more. *)
type network = { all_widths : int list; pieces : pieces; layers : change list }
type thing =
  | Chain of int * int * qmat * segment list
  | Class_path of network * int * qmat list
  | Ranks of network * (Z.t * Z.t list list) list
let any_matrix j = match j with
  | `Assoc l -> let size k = count (try List.assoc k l with Not_found -> `Null) in (size "rows", size "cols", matrix (size "rows") (size "cols") j)
  | _ -> malformed "expected a matrix"
let network j =
  let get = fields ["widths"; "activation"; "layers"] [] j in
  let all_widths = List.map count (list (get "widths")) in
  need (List.length all_widths >= 2 && List.for_all (fun n -> n >= 1) all_widths && List.nth all_widths (List.length all_widths - 1) >= 2) "widths";
  let layers = changes false (Array.of_list all_widths) (get "layers") in
  need (List.for_all (fun c -> c.weight <> None && c.bias <> None) layers) "every layer, with weight and bias";
  { all_widths; pieces = pieces (get "activation"); layers }
let chain j =
  let get = fields ["start"; "segments"] [] j in
  let n, p, start = any_matrix (get "start") in
  let segment j =
    let get = fields ["basis"; "inverse"; "end"] [] j in
    { basis = List.map count (list (get "basis")); basis_inverse = matrix (min n p) (min n p) (get "inverse"); segment_end = matrix n p (get "end") } in
  Chain (n, p, start, List.map segment (list (get "segments")))
let class_path j =
  let get = fields ["network"; "class"; "stops"] [] j in
  let net = network (get "network") in
  let stops = List.map (matrix 1 (List.hd net.all_widths)) (list (get "stops")) in
  need (List.length stops >= 2) "a chain of inputs has two stops at least";
  Class_path (net, count (get "class"), stops)
let ranks j =
  let get = fields ["network"; "ranks"] [] j in
  let rank j =
    let get = fields ["modulus"; "left_inverse"] [] j in
    let modulus = count (get "modulus") in
    let residue j = let x = count j in need (x < modulus) "an entry of a left inverse is below its modulus"; Z.of_int x in
    (Z.of_int modulus, List.map (fun row -> List.map residue (list row)) (list (get "left_inverse"))) in
  Ranks (network (get "network"), List.map rank (list (get "ranks")))
let thing r =
  let get = fields ["record"; "format"; "version"; "claim"; "statement"; "object"] [] r in
  need (get "format" = `String "sublevel-path") "another format";
  ignore (text (get "statement"));
  let claim = text (get "claim") in
  match get "object" with
  | `Assoc [(kind, j)] ->
    let known, read = match kind with
      | "chain" -> "full-rank-chain", chain
      | "class-path" -> "class-path", class_path
      | "ranks" -> "connected-regions", ranks
      | _ -> not_covered (Printf.sprintf "`%s`, of the claim `%s`: of what is no path the proved kernel knows `chain`, `class-path` and `ranks`" kind claim) in
    need (count (get "version") = 3 && claim = known) "another claim or version than that of this object";
    read j
  | _ -> malformed "expected an object"

type read = Path of certificate | Thing of thing

let path lines =
  let records = Array.of_list lines in
  let kind j = match j with `Assoc l -> text (try List.assoc "record" l with Not_found -> malformed "the key `record` is missing") | _ -> malformed "expected an object" in
  let last = Array.length records - 1 in
  need (last >= 0) "no record";
  let at i f = try f records.(i) with
    | Malformed what -> malformed (Printf.sprintf "record %d: %s" (i + 1) what)
    | Not_covered what -> not_covered (Printf.sprintf "record %d: %s" (i + 1) what) in
  at 0 (fun r -> match kind r with
    | "problem" -> ()
    | "graph" | "rational" as k -> not_covered ("`" ^ k ^ "`: the proved kernel knows paths of fully connected networks")
    | _ -> malformed "expected `problem`");
  let problem = at 0 (fields ["record"; "format"; "version"; "claim"; "statement"; "widths"; "activation"; "inputs"; "loss"]
    ["equal_inputs"; "rescales"; "columns"; "pieces"]) in
  need (problem "format" = `String "sublevel-path") "record 1: another format";
  let version = at 0 (fun _ -> count (problem "version")) in
  if version > 3 then not_covered (Printf.sprintf "record 1: version %d of the format" version);
  let claim = at 0 (fun _ -> text (problem "claim")) in
  if not (List.mem claim ["connected"; "descends"; "strictly-descends"; "unbounded"]) then not_covered ("record 1: the claim `" ^ claim ^ "`");
  let flag k = match problem k with `Null -> false | `Bool true -> true | _ -> malformed ("record 1: `" ^ k ^ "` is true or not there") in
  if flag "rescales" then not_covered "record 1: the rule rescale";
  if flag "pieces" then not_covered "record 1: the rule bounded";
  let columns = flag "columns" and equal_inputs = flag "equal_inputs" in
  let widths = at 0 (fun _ -> List.map count (list (problem "widths"))) in
  need (List.length widths >= 2 && List.for_all (fun n -> n >= 1) widths) "record 1: widths";
  let w = Array.of_list widths in
  let depth = Array.length w - 1 in
  let inputs = at 0 (fun _ -> let j = problem "inputs" in
    match j with `Assoc l -> matrix (count (try List.assoc "rows" l with Not_found -> `Null)) w.(0) j | _ -> malformed "inputs") in
  let n = List.length inputs.num in
  let activation = at 0 (fun _ -> pieces (problem "activation")) in
  let loss = at 0 (fun _ -> loss n w.(depth) (problem "loss")) in
  need (version = if flag "equal_inputs" || columns || is_new_loss (problem "loss") || claim = "strictly-descends" then 3 else 1)
    (Printf.sprintf "record 1: version %d of the format is another one than that of this claim, this loss and these moves" version);
  if last < 2 || kind records.(last) <> "end" then raise Cut_off;
  need (kind records.(1) = "start") "record 2: expected `start`";
  at last (fun r -> need (count (fields ["record"; "moves"] [] r "moves") = last - 2) "another number of moves");
  let start = at 1 (fun r -> changes false w (fields ["record"; "layers"] [] r "layers")) in
  need (List.for_all (fun c -> c.weight <> None && c.bias <> None) start) "record 2: every layer, with weight and bias";
  let unbounded = claim = "unbounded" in
  let behind = if unbounded then last - 1 else last in
  let right = ref None and left = Array.make (depth + 1) None in
  let move r = match kind r with
    | "line" -> Line (changes columns w (fields ["record"; "layers"] [] r "layers"))
    | "follow" -> follow w n (claim = "strictly-descends") right left r
    | "ray" -> malformed "a ray is the last move of an unbounded path"
    | k -> not_covered ("the rule " ^ k) in
  let moves = List.init (behind - 2) (fun i -> at (i + 2) move) in
  let ray = if not unbounded then None else at behind (fun r -> match kind r with
    | "ray" when behind >= 2 -> Some (changes false w (fields ["record"; "layers"] [] r "layers"))
    | _ -> malformed "an unbounded path ends with a ray") in
  let setting sinv = { sact = to_act activation; sinv; inputs; widths = Array.to_list (Array.sub w 0 depth); outs = w.(depth) } in
  { claim; widths; activation; loss; equal_inputs; setting; start; moves; ray }

let certificate = function
  | (`Assoc l as r) :: records when List.assoc_opt "record" l = Some (`String "object") ->
    let t = try thing r with
      | Malformed what -> malformed ("record 1: " ^ what)
      | Not_covered what -> not_covered ("record 1: " ^ what) in
    (match records with
     | [] -> raise Cut_off
     | [last] ->
       let get = fields ["record"; "moves"] [] last in
       need (get "record" = `String "end" && get "moves" = `Int 0) "record 2: expected `end`, and no moves"
     | _ -> malformed "nothing follows an object but `end`");
    Thing t
  | lines -> Path (path lines)
