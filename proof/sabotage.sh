#!/bin/sh
# Weakens the checker, Check.v and CheckObjects.v, in one place after the other, and makes sure that the proof fails each time. Takes minutes.
set -eu
cd "$(dirname "$0")"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
survivors=0
first="" # what is proved first: the file that is expected to fail

# try NAME FROM TO: in a copy, the text FROM (once in one of the two) becomes TO.
try() {
    rm -rf "$room/proof"
    mkdir "$room/proof"
    cp ./*.v Makefile "$room/proof"
    FROM="$2" TO="$3" perl -0pi -e '
        my ($from, $to) = @ENV{"FROM", "TO"};
        $count += () = /\Q$from\E/g;
        s/\Q$from\E/$to/;
        END { $count == 1 or die "found $count times, not once: $from\n" }' "$room/proof/Check.v" "$room/proof/CheckObjects.v"
    # what does not compile would fail for nothing
    for file in Net Moves Check CheckObjects; do coqc -q -Q "$room/proof" "" "$room/proof/$file.v"; done
    # shellcheck disable=SC2086
    if make -s -C "$room/proof" $first Main.vo Chain.vo Regions.vo >"$room/log" 2>&1; then
        echo "NOT SEEN   $1"
        survivors=$((survivors + 1))
    else
        echo "seen in $(sed -n 's/^File "\.\/\(.*\)", line.*/\1/p' "$room/log" | head -1)   $1"
    fi
}

try "line: an inequality is turned" '((x * D <=? t * d) && (y * D <=? t * e))' '((x * D <=? t * d) && (t * e <=? y * D))'
try "line: a dead neuron is looked at on one end only" '(forallb is0 u && forallb is0 v,' '(forallb is0 u,'
try "line: features and weights may both move" '&& (snd fl || ((d =? e) && (x =? y)) || eqq (aden s * d) (aden s * e) (actZ s d x) (actZ s e y))' ''
try "line: the part behind a cut is not looked at" "(p * q' <? p' * q) && straight S v v'" "(p * q' <? p' * q)"
try "line: cuts need not ascend" "(0 <? q') && (p * q' <? p' * q)" "(0 <? q')"
try "line: a layer that moves is taken for one that rests" 'if same A B then' 'if true then'
try "curved line: the second power is ignored" 'forallb zeroQ (skipn 2 P)' 'forallb zeroQ (skipn 3 P)'
try "curved line: the lower bound is that at the start" 'Definition neg_part (x : Z) : Z := if x <=? 0 then x else 0.' 'Definition neg_part (x : Z) : Z := 0.'
try "follow: the inverse of the activation is believed" 'if inverses (sact S) (sinv S) && wf_act' 'if wf_act'
try "follow: the right inverse is believed" 'sized (S n) N Rt && is_unit (preQ F Rt)' 'sized (S n) N Rt'
try "follow: a left inverse is believed" '&& is_unit (mulQ L (QM (den B) (tl (num B))))' ''
try "follow: the next layer may move" 'eqQ (preQ T up) FA && ' ''
try "activation: pieces need not meet" '(fst p * t + snd p * D =? fst q * t + snd q * D)' 'true'
try "ray: the output at one vertex is left out" 'forallb (fun u => eqQ (out v) (out u)) (v :: vs).' 'forallb (fun u => eqQ (out v) (out u)) (tl vs).'
try "ray: the direction may be zero" '&& negb (forallb zeroQ D)' ''
try "segment: beyond its end" '(0 <=? p) && (p <=? q)' '(0 <=? p)'
first=Entropy.vo
try "exp: rounded up" 'squares k'"'"' (y * y / scale)' 'squares k'"'"' (y * y / scale + 1)'
try "exp: of a number that is far below 0" 'if y <=? 0 then 0 else squares 80 y' 'squares 80 y'
try "exp: one square less" 'squares 80 y' 'squares 79 y'
try "exp: an upper bound without its rounding" 'scale * scale / e + 1)' 'scale * scale / e)'
try "log: without its rounding" '(scale * scale / low + 1), a' '(scale * scale / low), a'
try "log: the lower bounds for the upper ones" 'a - scale + total (map snd es)' 'a - scale + total (map fst es)'
try "cross-entropy: the linear part is left out" 'total t * snd b * d - linear' 'total t * snd b * d'
try "cross-entropy: 1 - t and t are exchanged" 'entropy_row logs e d [0; x] [e - y; y]' 'entropy_row logs e d [0; x] [y; e - y]'
try "slope: of a cross-entropy, the wrong end of softmax" 'then snd e * x else fst e * x' 'then fst e * x else snd e * x'
try "slope: of a cross-entropy, the wrong sum below" '(- x * scale / total (map snd es))' '(- x * scale / low)'
try "slope: of a cross-entropy, 1 - t and t are exchanged" 'entropy_slope logs b [0; x] [0; v] [e - y; y]' 'entropy_slope logs b [0; x] [0; v] [y; e - y]'
first=Losses.vo
try "loss: weights may be negative" 'sized n 1 w && forallb (forallb (Z.leb 0)) (num w)' 'sized n 1 w'
try "loss: an inequality is turned" 'high * e <=? low * d' 'low * d <=? high * e'
try "loss: the lower end of an enclosure" 'Some (_, high, d), Some (low, _, e)' 'Some (high, _, d), Some (low, _, e)'
try "loss: another output has the same loss" 'eqQ (fst x) (fst b) ||' 'true ||'
try "cross-entropy: probabilities may be negative" ' && forallb (forallb (Z.leb 0)) (num T)' ''
first=Falls.vo
try "slope: of a cross-entropy, strictly, 0 will do" 'if strictly then snd q <? 0' 'if strictly then snd q <=? 0'
try "descends: one of the ends will do" '[v] (v :: vs)' '[v; w] (v :: vs)'
try "slope: of a square, the start for the targets" '(p * d - r * b) * (p * a - q * b)' '(p * a - q * b) * (p * a - q * b)'
try "slope: an inequality is turned" '(num B) (combine (num A) (num Y)) <=? 0)' '(num B) (combine (num A) (num Y)) >=? 0)'
try "slope: of a square that is flat, nothing need move" '(0 <? weigh (square_row b a)' '(0 <=? weigh (square_row b a)'
try "slope: of the hinge loss, the highest of the largest margins" 'else if snd p <=? snd q then p else q' 'else if snd p <=? snd q then q else p'
try "slope: of the hinge loss, a margin that is not the largest" 'if fst p <? fst q then q else' 'if fst p <? fst q then p else'
try "slope: strictly, 0 will do" 'if strictly then slope <? 0 else' 'if strictly then slope <=? 0 else'
try "slope: one piece is looked at" 'f v w && chain_ok f w vs'"'"' end.' 'f v w end.'
first=""
try "ends: the first network is returned for the last" 'Some (c, (fst v, fst w))' 'Some (c, (fst v, fst v))'
first=Chain.vo
try "chain: an inverse is believed" ' && is_unit (mulQ (basis_inverse s) M)' ''
try "chain: the basis may move" '&& eqQ M (rows_at (basis s) (tall n p (segment_end s))) ' ''
try "chain: rows of a wide matrix" 'QM (den A) (columns p (num A))' 'A'
try "chain: the first segment is looked at" "segment_ok n p A s && segments_ok n p (segment_end s) l'" 'segment_ok n p A s'
try "chain: every segment is one from the start" "segments_ok n p (segment_end s) l'" "segments_ok n p A l'"
try "chain: no segment" 'negb (length l =? 0)%nat && segments_ok' 'segments_ok'
first=ClassPath.vo
try "class path: a tie is a win" '(y <? x)) && row_wins' '(y <=? x)) && row_wins'
try "class path: one of the others is looked at" "(y <? x)) && row_wins j (S k) x u'" '(y <? x))'
try "class path: the start of a segment is looked at" 'wins (outs S) j (out v)) (from :: vs)' 'wins (outs S) j (out v)) [from]'
try "class path: the start of a segment is not looked at" 'wins (outs S) j (out v)) (from :: vs)' 'wins (outs S) j (out v)) vs'
try "class path: the first segment is looked at" "way_ok S cuts j (see x) (see y) && ways_ok S cuts j see y stops'" 'way_ok S cuts j (see x) (see y)'
try "class path: every segment is one from the start" "ways_ok S cuts j see y stops'" "ways_ok S cuts j see x stops'"
first=Regions.vo
try "regions: the modulus divides a denominator" '&& (Z.gcd (den W) q =? 1) ' ''
try "regions: the modulus is 1" '(1 <? q)' '(0 <? q)'
try "regions: off the diagonal" 'then x - d else x)' 'then x - d else 0)'
try "regions: on the diagonal" 'then x - d else x)' 'then 0 else x)'
try "regions: one row is looked at" "unit_row_mod q d i 0 u && unit_mod q d (S i) U'" 'unit_row_mod q d i 0 u'
try "regions: a layer is not looked at" 'rank_ok n m A rank && ranks_ok' 'ranks_ok'
try "regions: the activation may fall" '| [_] => rises s' '| [_] => true'
try "regions: the first slope may fall" '(0 <=? fst (first s)) && forallb' 'forallb'
try "regions: with two hidden layers the activation need not be onto" '| _ => inverses s g && wf_act g' '| _ => rises s'

[ "$survivors" -eq 0 ] || {
    echo "$survivors of these the proof does not see" >&2
    exit 1
}
