(* kernel [--echo | --ends] FILE ("-" is standard input): reads a certificate, asks the kernel, prints one JSON object. With --ends it has
   the problem and both networks, as the kernel returns them; --echo prints what was understood instead.
   0: proved; 1: refused; 2: no such file; 4: not covered, or cut off. *)
open Kernel

let answer code fields = print_endline (Yojson.Basic.to_string (`Assoc fields)); exit code
let text s : Reader.json = `String s
let refused what = answer 1 ["verdict", text "refused"; "reason", text what]
let not_covered what = answer 4 ["verdict", text "not covered"; "reason", text what]

(* what Yojson says of an integer that OCaml's `int` does not hold *)
let too_long what = String.split_on_char '\n' what |> List.exists (fun line -> String.starts_with ~prefix:"Int overflow" line)
let read file =
  let ic = if file = "-" then stdin else try open_in_bin file with Sys_error e -> prerr_endline e; exit 2 in
  let rec go () = match input_line ic with
    | line when String.length line >= 4 && String.sub line 0 4 = "\x28\xb5\x2f\xfd" ->
      not_covered "the file is compressed: zstd -dc FILE | kernel - (sublevel check --kernel proved decompresses by itself)"
    | line -> (let j = Yojson.Basic.from_string line in j :: go ())
    | exception End_of_file -> [] in
  go ()

(* Why the kernel says no: the first move that it refuses, in the file's numbers. Told for the reader; no verdict rests on it. *)
let first_refused s cuts (c : Reader.certificate) =
  let zero = zero_nets s in
  let rec go i v = function
    | [] -> None
    | m :: ms -> match step s cuts v m with Some (v, _) -> go (i + 1) v ms | None -> Some (i, m) in
  go 3 (vert s.sact s.inputs (set_layersQ c.start zero)) c.moves
(* Whether a loss that is enclosed is not as claimed: told for the reader, too. *)
let shown_false s cuts (c : Reader.certificate) l =
  let v = vert s.sact s.inputs (set_layersQ c.start (zero_nets s)) in
  let above u w = match valueQ Hints.logs l (out u), valueQ Hints.logs l (out w) with
    | Some ((low, _), d), Some ((_, high), e) -> Zint.gt (Zint.mul low e) (Zint.mul high d)
    | _ -> false in
  match walk s cuts v c.moves with
  | None -> false
  | Some (w, vs) when c.claim = "connected" -> List.exists (fun u -> above u v && above u w) vs
  | Some (_, vs) when c.claim = "descends" -> List.exists (fun u -> above u v) vs
  | Some (_, vs) ->
    (* the other way from the end of a piece it falls, or nothing moves *)
    let back a b = linQ (Zint.of_int 2) b Zint.minus_one a in
    let rises u w = eqQ (out u) (out w) || falls Hints.logs l true (back (out u) (out w)) (out w) in
    List.exists2 rises (v :: List.rev (List.tl (List.rev vs))) vs
let explain s cuts (c : Reader.certificate) =
  match first_refused s cuts c, c.loss with
  | Some (i, _), _ when c.claim = "strictly-descends" ->
    not_covered (Printf.sprintf "record %d: the output of this move is not shown to run straight; whether the loss falls there all the same" i)
  | Some (i, Line _), _ -> refused (Printf.sprintf "record %d: the output of this line is not shown to run straight" i)
  | Some (i, Follow _), _ when not (inverses s.sact s.sinv) ->
    not_covered (Printf.sprintf "record %d: a follow under an activation that does not rise strictly everywhere" i)
  | Some (i, Follow _), _ when c.equal_inputs -> not_covered (Printf.sprintf "record %d: a follow that makes use of equal inputs" i)
  | Some (i, Follow _), _ -> refused (Printf.sprintf "record %d: the follow is not shown" i)
  | None, Some { loss = (Entropy _ | Binary _) as l; _ } when not (shown_false s cuts c l) ->
    not_covered "the moves are good; enclosures of about 80 bits do not show that the named loss is as claimed, nor that it is not"
  | None, _ -> refused "the moves are good; what is claimed of them does not hold"

let conclusion = function
  | Every -> ["conclusion", text "connected"; "scope", text "every convex loss"]
  | Connected _ -> ["conclusion", text "connected"; "scope", text "the named loss"]
  | Descends _ -> ["conclusion", text "descends"; "scope", text "the named loss"]
  | Falls (_, strictly) -> ["conclusion", text (if strictly then "falls strictly" else "never rises"); "scope", text "the named loss"]
  | Constant _ -> ["conclusion", text "unbounded"; "scope", text "constant output"]
let claims (c : Reader.certificate) =
  match c.claim, c.loss, c.ray with
  | "connected", Some { loss = l; _ }, _ -> [Every; Connected l]
  | "connected", None, _ -> [Every]
  | "descends", Some { loss = l; _ }, _ -> [Falls (l, false); Descends l]
  | "strictly-descends", Some { loss = l; _ }, _ -> [Falls (l, true)]
  | "unbounded", _, Some d -> [Constant d]
  | _ -> refused "record 1: the claim needs a loss"

(* What is no path *)
let judge (t : Reader.thing) echo =
  let read_time = Sys.time () in
  let proved what ok why =
    if ok then answer 0 (["verdict", text "proved"; "conclusion", text what; "read_seconds", `Float read_time;
      "check_seconds", `Float (Sys.time () -. read_time)] @ echo)
    else why () in
  let shape (n : Reader.network) =
    let ws = List.rev n.all_widths in
    (Reader.to_act n.pieces, List.rev (List.tl ws), List.hd ws) in
  match t with
  | Chain (n, p, start, segments) ->
    proved "full-rank chain" (check_chain n p start segments) (fun () -> refused "a segment of the chain is not shown to have full rank")
  | Class_path (net, j, stops) ->
    let s, ws, o = shape net in
    let cuts = Hints.cuts ~bends:true (without_inputs s ws o) in
    (match check_class_path s cuts ws o net.layers j (List.hd stops) (List.tl stops) with
     | exception Hints.Too_many_cuts -> not_covered "a segment on which 4096 cuts are not enough"
     | ok -> proved "class path" ok (fun () -> refused "the class is not shown to win all along"))
  | Ranks (net, ranks) ->
    let s, ws, _ = shape net in
    let ok = check_regions s (Reader.to_act (Hints.inverse net.pieces)) ws net.layers ranks in
    proved "connected regions" ok (fun () ->
      let slopes = List.map fst (s.first :: List.map snd s.rest) in
      let some sign = List.exists (fun a -> Zint.sign a = sign) slopes and deep = List.length ranks > 1 in
      let flat = deep && (Zint.sign (List.hd slopes) = 0 || Zint.sign (List.nth slopes (List.length slopes - 1)) = 0) in
      if not (ranks_ok ws (layers_of ws net.layers) ranks) then refused "a layer's weights are not shown to have full column rank"
      else if some (-1) && some 1 || flat then refused "the activation is not monotone, or with two hidden layers not onto"
      else not_covered "an activation that falls, or with two hidden layers one that does not rise strictly everywhere")

let () =
  (* certificates are long: collect seldom *)
  Gc.set { (Gc.get ()) with Gc.minor_heap_size = 1 lsl 20; space_overhead = 200 };
  let mode, file = match Array.to_list Sys.argv with
    | [_; file] -> ("", file)
    | [_; ("--echo" | "--ends") as mode; file] -> (mode, file)
    | _ -> prerr_endline "usage: kernel [--echo | --ends] FILE"; exit 2 in
  let c = match Reader.certificate (read file) with
    | Path c -> c
    | Thing t when mode = "--echo" -> print_endline (Yojson.Basic.to_string (Echo.thing t)); exit 0
    | Thing t -> judge t (if mode = "" then [] else ["object", Echo.thing t])
    | exception Reader.Malformed what -> refused what
    | exception Reader.Not_covered what -> not_covered what
    | exception Reader.Cut_off -> answer 4 ["verdict", text "incomplete"; "reason", text "the file stops before its record `end`"]
    | exception Yojson.Json_error what when too_long what -> not_covered "an integer of more than 62 bits where a count is expected"
    | exception Yojson.Json_error what -> refused ("no JSON: " ^ what) in
  let read_time = Sys.time () in
  let s = c.setting (Reader.to_act (Hints.inverse c.activation)) in
  if mode = "--echo" then begin
    List.iter (fun r -> print_endline (Yojson.Basic.to_string r)) (Echo.certificate c.claim c.loss s c.start c.moves c.ray);
    exit 0
  end;
  (* without a move the path is a point; the theorems speak of moves, so it rests there *)
  let rest = Line (List.map (fun _ -> stay) s.widths) in
  let cuts = Hints.cuts ~bends:(c.claim = "strictly-descends") s in
  match check s cuts Hints.logs c.start (if c.moves = [] then [rest] else c.moves) (claims c) with
  | exception Hints.Bends when c.claim = "strictly-descends" -> explain s (fun a b -> try cuts a b with Hints.Bends -> []) c
  | exception Hints.Bends -> refused "the output of a line does not run straight"
  | exception Hints.Too_many_cuts -> not_covered "a line is not shown to run straight by 4096 cuts (by 256, where several layers move)"
  | None -> explain s cuts c
  | Some (claim, (first, last)) ->
    let ends = if mode = "" then [] else
      ["problem", Echo.problem c.claim c.loss s; "from", Echo.network first; "to", Echo.network last] in
    let follows = List.length (List.filter (function Follow _ -> true | Line _ -> false) c.moves) in
    answer 0 (["verdict", text "proved"] @ conclusion claim
      @ ["samples", `Int (List.length s.inputs.num); "lines", `Int (List.length c.moves - follows); "follows", `Int follows;
         "rays", `Int (if c.ray = None then 0 else 1); "read_seconds", `Float read_time; "check_seconds", `Float (Sys.time () -. read_time)] @ ends)
