
val negb : bool -> bool

val fst : ('a1 * 'a2) -> 'a1

val snd : ('a1 * 'a2) -> 'a2

val app : 'a1 list -> 'a1 list -> 'a1 list

type comparison =
| Eq
| Lt
| Gt

val compOpp : comparison -> comparison

val add : int -> int -> int

module Nat :
 sig
  val leb : int -> int -> bool
 end

module Pos :
 sig
  type mask =
  | IsNul
  | IsPos of Zint.t
  | IsNeg
 end

module Coq_Pos :
 sig
  val succ : Zint.t -> Zint.t

  val add : Zint.t -> Zint.t -> Zint.t

  val add_carry : Zint.t -> Zint.t -> Zint.t

  val pred_double : Zint.t -> Zint.t

  type mask = Pos.mask =
  | IsNul
  | IsPos of Zint.t
  | IsNeg

  val succ_double_mask : mask -> mask

  val double_mask : mask -> mask

  val double_pred_mask : Zint.t -> mask

  val sub_mask : Zint.t -> Zint.t -> mask

  val sub_mask_carry : Zint.t -> Zint.t -> mask

  val sub : Zint.t -> Zint.t -> Zint.t

  val mul : Zint.t -> Zint.t -> Zint.t

  val size_nat : Zint.t -> int

  val compare_cont : comparison -> Zint.t -> Zint.t -> comparison

  val compare : Zint.t -> Zint.t -> comparison

  val eqb : Zint.t -> Zint.t -> bool

  val gcdn : int -> Zint.t -> Zint.t -> Zint.t

  val gcd : Zint.t -> Zint.t -> Zint.t
 end

module Z :
 sig
  val double : Zint.t -> Zint.t

  val succ_double : Zint.t -> Zint.t

  val pred_double : Zint.t -> Zint.t

  val pos_sub : Zint.t -> Zint.t -> Zint.t

  val compare : Zint.t -> Zint.t -> comparison

  val abs : Zint.t -> Zint.t

  val pos_div_eucl : Zint.t -> Zint.t -> Zint.t * Zint.t

  val div_eucl : Zint.t -> Zint.t -> Zint.t * Zint.t
 end

val hd : 'a1 -> 'a1 list -> 'a1

val tl : 'a1 list -> 'a1 list

val nth : int -> 'a1 list -> 'a1 -> 'a1

val last : 'a1 list -> 'a1 -> 'a1

val map : ('a1 -> 'a2) -> 'a1 list -> 'a2 list

val fold_left : ('a1 -> 'a2 -> 'a1) -> 'a2 list -> 'a1 -> 'a1

val fold_right : ('a2 -> 'a1 -> 'a1) -> 'a1 -> 'a2 list -> 'a1

val existsb : ('a1 -> bool) -> 'a1 list -> bool

val forallb : ('a1 -> bool) -> 'a1 list -> bool

val find : ('a1 -> bool) -> 'a1 list -> 'a1 option

val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list

val skipn : int -> 'a1 list -> 'a1 list

type qmat = { den : Zint.t; num : Zint.t list list }

type loss =
| Square of qmat * qmat
| Hinge of qmat * int list
| Entropy of qmat * qmat
| Binary of qmat * qmat

type change = { weight : qmat option; bias : qmat option;
                marked : bool list option }

val stay : change

type act = { aden : Zint.t; first : (Zint.t * Zint.t);
             rest : (Zint.t * (Zint.t * Zint.t)) list }

type setting = { sact : act; sinv : act; inputs : qmat; widths : int list;
                 outs : int }

type move =
| Line of change list
| Follow of int * int * qmat * qmat * qmat list * change

val is0 : Zint.t -> bool

val axpy : Zint.t -> Zint.t list -> Zint.t list -> Zint.t list

val lincomb : Zint.t list -> Zint.t list list -> Zint.t list

val preQ : qmat -> qmat -> qmat

val sigZ :
  Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t)) list
  -> Zint.t -> Zint.t

val actZ : act -> Zint.t -> Zint.t -> Zint.t

val sigQ : act -> qmat -> qmat

val wf :
  Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t)) list -> bool

val wf_act : act -> bool

val common :
  Zint.t -> Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t
  -> Zint.t -> bool

val beyond :
  Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t -> bool

val away :
  Zint.t -> Zint.t -> Zint.t -> (Zint.t * (Zint.t * Zint.t)) list -> Zint.t
  -> Zint.t -> bool

val all2 : ('a1 -> 'a2 -> bool) -> 'a1 list -> 'a2 list -> bool

val all3 :
  ('a1 -> 'a2 -> 'a3 -> bool) -> 'a1 list -> 'a2 list -> 'a3 list -> bool

val eqq : Zint.t -> Zint.t -> Zint.t -> Zint.t -> bool

val flag : Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> bool * bool

val flags :
  Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list -> (bool * bool)
  list

val entry_ok :
  act -> bool -> Zint.t -> Zint.t -> (bool * bool) -> Zint.t -> Zint.t -> bool

val has_rows : int -> qmat -> bool

val level_ok : act -> bool -> int -> qmat -> qmat -> qmat -> qmat -> bool

val pres : act -> qmat -> qmat list -> qmat list

val levels_ok :
  act -> bool -> int list -> qmat list -> qmat list -> qmat list -> qmat list
  -> bool

type vertex = qmat list * qmat list

val out : vertex -> qmat

val line_ok : act -> bool -> int list -> vertex -> vertex -> bool

val seg_entry :
  Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t -> Zint.t ->
  Zint.t -> bool

val seg_ok : qmat -> qmat -> qmat -> Zint.t -> Zint.t -> bool

val guess_row :
  Zint.t -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list ->
  (Zint.t * Zint.t) option

val guess :
  Zint.t -> Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list ->
  Zint.t list list -> Zint.t * Zint.t

val on_segment : qmat -> qmat -> qmat -> bool

val vert : act -> qmat -> qmat list -> vertex

val same : qmat -> qmat -> bool

val pres_from :
  act -> qmat -> qmat list -> qmat list -> qmat list -> qmat list

val vert_from : act -> qmat -> vertex -> qmat list -> vertex

val rows2 :
  Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list -> Zint.t list list

val linQ : Zint.t -> qmat -> Zint.t -> qmat -> qmat

val mulQ : qmat -> qmat -> qmat

val eqQ : qmat -> qmat -> bool

val content : qmat -> Zint.t

val red : qmat -> qmat

val sized : int -> int -> qmat -> bool

val unit_row : Zint.t -> int -> Zint.t list -> bool

val unit_from : Zint.t -> int -> Zint.t list list -> bool

val is_unit : qmat -> bool

val inverse :
  Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * Zint.t) ->
  (Zint.t * (Zint.t * Zint.t)) list -> (Zint.t * (Zint.t * Zint.t)) list ->
  bool

val inverses : act -> act -> bool

val stays : qmat -> qmat -> int -> qmat -> qmat -> bool

val pullQ :
  act -> act -> int -> int -> qmat -> qmat -> int -> int list -> qmat -> qmat
  list -> qmat list -> qmat option

val replace : qmat -> int -> qmat list -> qmat list

val followQ :
  act -> act -> int -> int -> qmat -> qmat -> int -> int -> int list -> qmat
  -> qmat list -> qmat -> qmat list -> qmat list option

val change_ok : change -> bool

val merge :
  bool list -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list

val merges :
  bool list -> Zint.t -> Zint.t -> Zint.t list list -> Zint.t list list ->
  Zint.t list list

val mergeQ : bool list -> qmat -> qmat -> qmat

val set_layerQ : change -> qmat -> qmat

val set_layersQ : change list -> qmat list -> qmat list

val changes_ok : change list -> qmat list -> bool

val addP : qmat list -> qmat list -> qmat list

val tlQ : qmat -> qmat

val prodP : qmat list -> qmat -> qmat list

val preP : qmat list -> qmat -> qmat -> qmat list

val overQ : qmat list -> Zint.t * Zint.t list list list

val neg_part : Zint.t -> Zint.t

val pos_part : Zint.t -> Zint.t

val bound : (Zint.t -> Zint.t) -> Zint.t list list list -> Zint.t list list

val piece :
  Zint.t -> Zint.t -> (Zint.t * Zint.t) -> (Zint.t * (Zint.t * Zint.t)) list
  -> Zint.t -> Zint.t -> (Zint.t * Zint.t) option

val choose_row :
  act -> Zint.t -> (bool * bool) list -> Zint.t list -> Zint.t list ->
  (Zint.t * Zint.t) list option

val choose :
  act -> Zint.t -> (bool * bool) list -> Zint.t list list -> Zint.t list list
  -> (Zint.t * Zint.t) list list option

val apply_row : Zint.t -> (Zint.t * Zint.t) list -> Zint.t list -> Zint.t list

val apply :
  Zint.t -> (Zint.t * Zint.t) list list -> Zint.t list list -> Zint.t list
  list

val sigP : act -> (bool * bool) list -> qmat list -> qmat list option

val outP :
  act -> int -> int list -> qmat list -> qmat list -> qmat list -> qmat list
  option

val zeroQ : qmat -> bool

val curved_ok : setting -> vertex -> vertex -> bool

val straight : setting -> vertex -> vertex -> bool

val net_ok : setting -> vertex -> bool

val lerpQ : Zint.t -> Zint.t -> qmat -> qmat -> qmat

val map2 : ('a1 -> 'a2 -> 'a3) -> 'a1 list -> 'a2 list -> 'a3 list

val pieces :
  setting -> qmat list -> qmat list -> vertex -> Zint.t -> Zint.t -> vertex
  -> (Zint.t * Zint.t) list -> vertex list option

type hint = qmat list -> qmat list -> (Zint.t * Zint.t) list

val step : setting -> hint -> vertex -> move -> (vertex * vertex list) option

val walk :
  setting -> hint -> vertex -> move list -> (vertex * vertex list) option

val scale : Zint.t

val parts : Zint.t

val highest : Zint.t

val squares : int -> Zint.t -> Zint.t

val exp_low : Zint.t -> Zint.t

val exps : Zint.t -> Zint.t -> Zint.t list -> (Zint.t * Zint.t) list option

val total : Zint.t list -> Zint.t

val dot : Zint.t list -> Zint.t list -> Zint.t

type log_hint = Zint.t -> Zint.t list -> Zint.t

val log_sum : log_hint -> Zint.t -> Zint.t list -> (Zint.t * Zint.t) option

val entropy_row :
  log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list ->
  (Zint.t * Zint.t) option

val binary_row :
  log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list ->
  (Zint.t * Zint.t) option

val weigh2 :
  (Zint.t list -> 'a1 -> (Zint.t * Zint.t) option) -> Zint.t list list ->
  Zint.t list list -> 'a1 list -> (Zint.t * Zint.t) option

val square_row : Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t

val hinge_row : Zint.t -> Zint.t -> int -> int -> Zint.t list -> Zint.t

val weigh :
  (Zint.t list -> 'a1 -> Zint.t) -> Zint.t list list -> Zint.t list list ->
  'a1 list -> Zint.t

val weights_ok : int -> qmat -> bool

val loss_ok : loss -> int -> int -> bool

val valueQ : log_hint -> loss -> qmat -> ((Zint.t * Zint.t) * Zint.t) option

val with_value :
  log_hint -> loss -> vertex -> qmat * ((Zint.t * Zint.t) * Zint.t) option

val at_most :
  (qmat * ((Zint.t * Zint.t) * Zint.t) option) list ->
  (qmat * ((Zint.t * Zint.t) * Zint.t) option) -> bool

val bounded_by :
  log_hint -> loss -> int -> int -> vertex list -> vertex list -> bool

val slope_row :
  Zint.t -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list ->
  Zint.t

val lowest_of_largest :
  (Zint.t * Zint.t) -> (Zint.t * Zint.t) -> Zint.t * Zint.t

val margin_row :
  Zint.t -> Zint.t -> int -> int -> Zint.t -> Zint.t -> Zint.t list -> Zint.t
  list -> Zint.t * Zint.t

val steps : Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list

val up : (Zint.t * Zint.t) list -> Zint.t list -> Zint.t

val entropy_slope :
  log_hint -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list ->
  (Zint.t * Zint.t) option

val binary_slope :
  log_hint -> Zint.t -> Zint.t -> Zint.t list -> Zint.t list -> Zint.t list
  -> (Zint.t * Zint.t) option

val falls : log_hint -> loss -> bool -> qmat -> qmat -> bool

val chain_ok : (vertex -> vertex -> bool) -> vertex -> vertex list -> bool

val falls_along :
  log_hint -> loss -> bool -> int -> int -> vertex -> vertex list -> bool

type claim =
| Every
| Constant of change list
| Connected of loss
| Descends of loss
| Falls of loss * bool

val zero_nets : setting -> qmat list

val constant :
  setting -> vertex -> vertex -> vertex list -> change list -> bool

val holds :
  setting -> log_hint -> vertex -> vertex -> vertex list -> claim -> bool

val check :
  setting -> hint -> log_hint -> change list -> move list -> claim list ->
  (claim * (qmat list * qmat list)) option

type segment = { basis : int list; basis_inverse : qmat; segment_end : qmat }

val columns : int -> Zint.t list list -> Zint.t list list

val tall : int -> int -> qmat -> qmat

val rows_at : int list -> qmat -> qmat

val segment_ok : int -> int -> qmat -> segment -> bool

val segments_ok : int -> int -> qmat -> segment list -> bool

val check_chain : int -> int -> qmat -> segment list -> bool

val layers_of : int list -> change list -> qmat list

val without_inputs : act -> int list -> int -> setting

val row_wins : int -> int -> Zint.t -> Zint.t list -> bool

val wins : int -> int -> qmat -> bool

val seen_at : act -> int list -> qmat list -> qmat -> qmat list

val way_ok : setting -> hint -> int -> qmat list -> qmat list -> bool

val ways_ok :
  setting -> hint -> int -> (qmat -> qmat list) -> qmat -> qmat list -> bool

val check_class_path :
  act -> hint -> int list -> int -> change list -> int -> qmat -> qmat list
  -> bool

val is_multiple : Zint.t -> Zint.t -> bool

val unit_row_mod : Zint.t -> Zint.t -> int -> int -> Zint.t list -> bool

val unit_mod : Zint.t -> Zint.t -> int -> Zint.t list list -> bool

val rank_ok : int -> int -> qmat -> (Zint.t * Zint.t list list) -> bool

val ranks_ok :
  int list -> qmat list -> (Zint.t * Zint.t list list) list -> bool

val rises : act -> bool

val check_regions :
  act -> act -> int list -> change list -> (Zint.t * Zint.t list list) list
  -> bool
