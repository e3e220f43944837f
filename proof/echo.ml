(* What the kernel was told, as a certificate: from its own numbers alone, each follow with all of its inverses, each loss with
   weights. So a test can compare it with the file. *)
open Kernel
module Z = Zint

let text s : Reader.json = `String s
let matrix (m : qmat) : Reader.json =
  `Assoc ["rows", `Int (List.length m.num); "cols", `Int (match m.num with [] -> 0 | row :: _ -> List.length row);
          "den", text (Z.to_string m.den); "num", `List (List.map (fun row -> `List (List.map (fun x -> text (Z.to_string x)) row)) m.num)]
let change c =
  let columns marks = `List (List.concat (List.mapi (fun k marked -> if marked then [`Int k] else []) marks)) in
  `Assoc (List.filter_map (fun (k, v) -> Option.map (fun v -> (k, v)) v)
    ["weight", Option.map matrix c.weight; "bias", Option.map matrix c.bias; "columns", Option.map columns c.marked])
let layers cs =
  let named = List.mapi (fun l c -> (string_of_int (l + 1), c)) cs in
  `Assoc (List.filter_map (fun (l, c) -> if c = stay then None else Some (l, change c)) named)
let network (nets : qmat list) =
  let layer (m : qmat) = { weight = Some { m with num = List.tl m.num }; bias = Some { m with num = [List.hd m.num] }; marked = None } in
  layers (List.map layer nets)
let fraction q = text (Q.to_string q)
let activation (s : act) =
  let over x = Q.make x s.aden in
  let (a, b) = s.first and t = fst (List.hd s.rest) in
  `Assoc ["breakpoints", `List (List.map (fun (t, _) -> fraction (over t)) s.rest);
          "slopes", `List (fraction (over a) :: List.map (fun (_, (a, _)) -> fraction (over a)) s.rest);
          "value", fraction (Q.add (Q.mul (over a) (over t)) (over b))]
let loss = function
  | None -> `Null
  | Some { Reader.name; labelled; loss } ->
    let index row = Option.get (List.find_opt (fun j -> Z.sign (List.nth row j) <> 0) (List.init (List.length row) Fun.id)) in
    let w, about = match loss with
      | Hinge (w, labels) -> w, ("labels", `List (List.map (fun y -> `Int y) labels))
      | Entropy (w, t) when labelled -> w, ("labels", `List (List.map (fun row -> `Int (index row)) t.num))
      | Square (w, t) | Entropy (w, t) | Binary (w, t) -> w, ("targets", matrix t) in
    `Assoc ["name", text name; about; "weights", matrix w]

let move = function
  | Line cs -> `Assoc ["record", text "line"; "layers", layers cs]
  | Follow (skip, depth, output, r, ls, up) ->
    let level = skip + 1 + depth in
    `Assoc ["record", text "follow"; "first", `Int (skip + 1); "level", `Int level; "output", matrix output;
            "right_inverse", matrix { r with num = List.tl r.num @ [List.hd r.num] };
            "left_inverses", `Assoc (List.mapi (fun k l -> (string_of_int (skip + 2 + k), matrix l)) ls);
            "layers", `Assoc (if up = stay then [] else [string_of_int (level + 1), change up])]
let thing (t : Reader.thing) : Reader.json =
  let net (n : Reader.network) = `Assoc ["widths", `List (List.map (fun n -> `Int n) n.all_widths);
    "activation", activation (Reader.to_act n.pieces); "layers", layers n.layers] in
  let number x = `Int (Z.to_int x) in
  let kind, claim, about = match t with
    | Chain (_, _, start, l) ->
      let segment s = `Assoc ["basis", `List (List.map (fun i -> `Int i) s.basis); "inverse", matrix s.basis_inverse; "end", matrix s.segment_end] in
      "chain", "full-rank-chain", `Assoc ["start", matrix start; "segments", `List (List.map segment l)]
    | Class_path (n, j, stops) -> "class-path", "class-path", `Assoc ["network", net n; "class", `Int j; "stops", `List (List.map matrix stops)]
    | Ranks (n, ranks) ->
      let rank (q, l) = `Assoc ["modulus", number q; "left_inverse", `List (List.map (fun row -> `List (List.map number row)) l)] in
      "ranks", "connected-regions", `Assoc ["network", net n; "ranks", `List (List.map rank ranks)] in
  `Assoc ["record", text "object"; "claim", text claim; "object", `Assoc [kind, about]]
let problem claim named (s : setting) =
  `Assoc ["record", text "problem"; "claim", text claim; "widths", `List (List.map (fun n -> `Int n) (s.widths @ [s.outs]));
          "activation", activation s.sact; "inputs", matrix s.inputs; "loss", loss named]
let certificate claim named s start moves ray =
  let ray = match ray with None -> [] | Some d -> [`Assoc ["record", text "ray"; "layers", layers d]] in
  problem claim named s :: `Assoc ["record", text "start"; "layers", layers start] :: List.map move moves @ ray
