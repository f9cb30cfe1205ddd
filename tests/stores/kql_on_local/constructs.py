# ruff: noqa: E501
"""Constructs of KQL, a line each, with what Kusto answers: rows (`=> values, / between rows`), or refused by a word.

Written from Microsoft Learn's reference of each function and operator; D is a small table that stands before them.
`page.py` makes `docs/kql.md` of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

D = """let D = datatable(ip:string, port:int, n:long, r:real, t:datetime, b:bool)[
"10.0.0.1", 443, 10, 1.5, datetime(2026-01-01T00:10:00Z), true,
"10.0.0.1", 22, 5, 2.5, datetime(2026-01-01T01:20:00Z), false,
"10.0.1.7", 443, 7, 0.5, datetime(2026-01-01T01:40:00Z), true,
"8.8.8.8", 53, 1, 4.0, datetime(2026-01-01T03:00:00Z), false];
"""


@dataclass(frozen=True)
class Construct:
    """One query; `answer` is its rows as text, or "" where it is refused with `refusal` in the sentence."""

    group: str
    kql: str
    answer: str = ""
    refusal: str = ""

    @property
    def whole(self) -> str:
        return D + self.kql if re.search(r"\bD\b", self.kql) else self.kql


_TEXT = """
# Tabular operators
D | where port == 443 | count => 2
D | where ip == "10.0.0.1" and port != 22 | project n => 10
D | project ip, total = n * 2 | take 1 => 10.0.0.1, 20
D | project-away r, t, b | where port == 53 => 8.8.8.8, 53, 1
D | project-keep n, ip | where n == 1 => 8.8.8.8, 1
D | project-keep p* | where port == 53 => 53
D | project-away r, t, b, i* | where n == 1 => 53, 1
D | project-rename address = ip | where n == 1 | project address => 8.8.8.8
D | project n, port, ip | project-reorder ip, n | where n == 1 => 8.8.8.8, 1, 53
D | project n, port, ip | project-reorder * asc | where n == 1 => 8.8.8.8, 1, 53
D | extend k = n + 1, m = strcat(ip, ":", port) | where n == 1 | project k, m => 2, 8.8.8.8:53
D | distinct port | sort by port asc => 22 / 53 / 443
D | project port | distinct * | sort by port asc => 22 / 53 / 443
D | summarize count() by port | sort by port asc => 22, 1 / 53, 1 / 443, 2
D | summarize total = sum(n), average = avg(r) by ip | sort by ip asc => 10.0.0.1, 15, 2.0 / 10.0.1.7, 7, 0.5 / 8.8.8.8, 1, 4.0
D | summarize by ip | count => 3
D | summarize sum(n), dcount(ip), max(port) => 23, 3, 443
D | summarize n = count() by bin(t, 1h) | sort by t asc => 2026-01-01T00:00:00Z, 1 / 2026-01-01T01:00:00Z, 2 / 2026-01-01T03:00:00Z, 1
D | summarize n = count() by bin(t, 7d) => 2025-12-29T00:00:00Z, 4
D | summarize n = count() by bin(t, 5h) | sort by t asc => 2025-12-31T20:00:00Z, 1 / 2026-01-01T01:00:00Z, 3
D | summarize n = count() by bin(t, totimespan("2h")) | sort by t asc => 2026-01-01T00:00:00Z, 3 / 2026-01-01T02:00:00Z, 1
let half = 1h; D | summarize n = count() by bin(t, half * 2) | sort by t asc => 2026-01-01T00:00:00Z, 3 / 2026-01-01T02:00:00Z, 1
D | sort by t asc | extend gap = t - prev(t) | where isnotnull(gap) | summarize n = count() by bin(gap, 1h) | sort by gap asc => 00:00:00, 1 / 01:00:00, 2
D | summarize arg_max(n, port, ip) => 10, 443, 10.0.0.1
D | summarize (most, at) = arg_max(n, port) by b | sort by most asc | project most, at => 5, 22 / 10, 443
D | summarize (most, at) = arg_max(n, *) | project most, at, port => 10, 10.0.0.1, 443
D | summarize arg_min(t, *) by ip | where ip == "10.0.0.1" | project port => 443
D | summarize arg_max(n * 2, ip) =! arg_max
D | summarize countif(port == 443), sumif(n, b), dcountif(ip, n > 4), avgif(r, b), maxif(n, not(b)), minif(n, b) => 2, 17, 2, 1.0, 5, 7
D | summarize percentile(n, 50) => 5
D | summarize percentiles(n, 50, 95) => 5, 10
D | summarize (low, high) = percentiles(n, 5, 95) => 1, 10
D | summarize make_set(port) by b | where b => true, [443]
D | where b | summarize make_list(n) => [10,7]
D | where b | summarize makelist(n) => [10,7]
D | where port == 443 | summarize makeset(port) => [443]
D | where port == 443 | summarize make_list(n, 1) => [10]
D | where n > 999 | summarize one = take_any(ip), arg_max(n, ip) | where one == "" and ip == "" | count => 1
D | summarize take_any(port) by ip | where ip == "8.8.8.8" => 8.8.8.8, 53
D | summarize take_any(*) by ip | where ip == "8.8.8.8" | project ip, port, n => 8.8.8.8, 53, 1
D | where port == 53 | summarize (a, some) = take_any(ip, n) => 8.8.8.8, 1
D | where port == 53 | extend none = long(null) | summarize take_any(none, n) => , 1
D | sort by t asc | extend gap = t - prev(t) | summarize sum(gap) =! A timespan
D | where port == 53 | summarize any(ip) => 8.8.8.8
D | summarize stdev(n), variance(n) => 3.774917217635375, 14.25
D | summarize count_distinct(ip), count_distinctif(ip, b) => 3, 2
D | where port == 443 | summarize make_bag(bag_pack(ip, n)) => {"10.0.0.1":10,"10.0.1.7":7}
D | where port == 443 | summarize bag = make_bag(bag_pack(ip, n, "b", b)) | project bag["10.0.1.7"], bag.b, array_length(bag_keys(bag)) => 7, true, 3
D | where port == 443 | summarize make_list(t) => ["2026-01-01T00:10:00.0000000Z","2026-01-01T01:40:00.0000000Z"]
D | where port == 443 | summarize make_set(bin(t, 1d)), make_list(t - datetime(2025-12-30)) => ["2026-01-01T00:00:00.0000000Z"], ["2.00:10:00","2.01:40:00"]
D | summarize round(avg(r), 1), tostring(sum(n)) => 2.1, 23
D | summarize binary_all_or(n) => 15
D | where port != 443 | summarize ports = strcat_array(make_set(port), "; "), mixed = strcat(count(), "x") => 22; 53, 2x
D | summarize total = format_bytes(sum(n)), earliest = tostring(min(t)), span = max(t) - min(t) => 23 B, 2026-01-01T00:10:00.0000000Z, 02:50:00
D | sort by n desc | project n | take 2 => 10 / 7
D | order by port asc, n desc | project port, n | take 3 => 22, 5 / 53, 1 / 443, 10
D | where * has "8.8.8.8" and port == 53 | count => 1
let sought = "8.8"; D | where * contains sought or * hasprefix "none" | count => 1
D | where * startswith "8" =! startswith
D | top 2 by n | project n => 10 / 7
D | top 1 by t asc | project port => 443
let few = 2; D | top few by n * few | project n => 10 / 7
let few = 1 + 1; D | sort by n desc | project n | take few => 10 / 7
let few = toscalar(D | summarize max(n)) - 8; D | sort by n desc | project n | limit few => 10 / 7
let few = 2; D | sample few | count => 2
let few = 1; D | partition by ip (top few by n | project n) | sort by n asc => 1 / 7 / 10
let few = 1; D | top-hitters few of port by n => 443, 17
D | take many =! whole number
D | take 'a' =! whole number
D | take -1 | count => 0
D | limit 2 | count => 2
D | sample 2 | count => 2
D | sample-distinct 2 of ip | count => 2
D | getschema | where ColumnName == "port" | project ColumnType => int
D | as Flows | where n == 1 | project port => 53
D | as Flows | join kind=inner (Flows | summarize n = max(n) by ip) on ip, n | count => 3
D | summarize n = sum(n) by ip | as Sums | extend share = 100 * n / toscalar(Sums | summarize sum(n)) | project ip, share | sort by ip asc => 10.0.0.1, 65 / 10.0.1.7, 30 / 8.8.8.8, 4
D | where b | as Some | where n > 8 | as Fewer | union (Some | where n < 8), Fewer | count => 3
D | serialize row = row_number() | where ip == "8.8.8.8" | project row => 4
D | sort by ip asc, t asc | extend row = row_number(1, ip != prev(ip)) | project ip, row => 10.0.0.1, 1 / 10.0.0.1, 2 / 10.0.1.7, 1 / 8.8.8.8, 1
D | sort by t asc | extend before = prev(n), after = next(n, 1, -1) | project before, after | take 1 => , 5
D | sort by t asc | extend before = prev(ip) | where before == "" | count => 1
D | sort by t asc | extend total = row_cumsum(n) | project total => 10 / 15 / 22 / 23
D | sort by ip asc, t asc | extend total = row_cumsum(n, ip != prev(ip)) | project total => 10 / 15 / 7 / 1
D | sort by t asc | serialize | extend gap = t - prev(t) | summarize avg(gap), max(gap) => 00:56:40, 01:20:00
D | sort by n desc | serialize | extend row = row_number() | where n == 7 | project row => 2
(D | where b) | join kind=inner (D | where port == 443) on n | count => 2
D | sort by n desc | extend place = row_rank_dense(n) | project place | take 2 => 1 / 2
D | mv-expand x = dynamic([1,2]) to typeof(long) | where n == 1 | project x => 1 / 2
D | where n == 1 | mvexpand x = pack_array(ip, "z") to typeof(string) | project x => 8.8.8.8 / z
D | where n == 1 | mv-apply x = dynamic([3,1,2]) to typeof(long) on (top 2 by x) | project x => 3 / 2
D | where n == 1 | mv-apply x = dynamic([3,1,2]) to typeof(long) on (summarize s = sum(x)) | project ip, s => 8.8.8.8, 6
D | make-series total = sum(n) default = 0 on t from datetime(2026-01-01) to datetime(2026-01-01T04:00:00Z) step 1h => [10,12,0,1], ["2026-01-01T00:00:00.0000000Z","2026-01-01T01:00:00.0000000Z","2026-01-01T02:00:00.0000000Z","2026-01-01T03:00:00.0000000Z"]
D | make-series c = count() on t from datetime(2026-01-01) to datetime(2026-01-01T04:00:00Z) step 2h by port | sort by port asc | project port, c => 22, [1,0] / 53, [0,1] / 443, [2,0]
D | make-series avg(r) on t step 1h | project avg_r => [1.5,1.5,0.0,4.0]
D | where port == 443 | make-series count() on t in range(datetime(2026-01-01), datetime(2026-01-01T02:00:00Z), 1h) | project count_ => [1,1,0]
D | partition by ip (top 1 by n | project ip, n) | sort by n asc | project n => 1 / 7 / 10
D | top-nested 2 of ip by total = sum(n) | sort by total desc => 10.0.0.1, 15 / 10.0.1.7, 7
D | top-hitters 1 of port by n => 443, 17
D | summarize sum(n) by ip, b | evaluate pivot(b, sum(sum_n)) | sort by ip asc => 10.0.0.1, 5, 10 / 10.0.1.7, 0, 7 / 8.8.8.8, 1, 0
print d = dynamic({"a":1,"b":"x"}) | evaluate bag_unpack(d) => 1, x
D | evaluate ipv4_lookup(datatable(net:string, name:string)["10.0.0.0/24", "a", "10.0.0.0/16", "b"], ip, net) | project ip, name | sort by ip asc, name asc => 10.0.0.1, a / 10.0.0.1, a / 10.0.0.1, b / 10.0.0.1, b / 10.0.1.7, b
D | join kind=inner (datatable(port:int, name:string)[443, "https"]) on port | project ip, name | sort by ip asc => 10.0.0.1, https / 10.0.1.7, https
D | join kind=leftouter (datatable(port:int, name:string)[443, "https"]) on port | where isempty(name) | count => 2
D | join kind=leftouter (datatable(port:int, name:string)[443, "https"]) on port | where name == "" | count => 2
D | join kind=leftanti (datatable(port:int)[443]) on port | count => 2
D | join kind=leftsemi (datatable(port:int)[443]) on port | count => 2
D | join (datatable(p:int)[443]) on $left.port == $right.p | count => 1
D | lookup (datatable(port:int, name:string)[22, "ssh"]) on port | where name == "ssh" | count => 1
D | join hint.strategy=broadcast kind=inner (datatable(port:int)[443]) on port | count => 2
union D, D | count => 8
union D, (datatable(x:string)["a"]) | where x == "a" | count => 1
union D, (print x = "a") | where ip == "" | count => 1
union withsource=From D, (datatable(x:string)["a"]) | count => 5
union isfuzzy=true Nowhere, D | count => 4
range x from 1 to 5 step 2 => 1 / 3 / 5
range t from datetime(2026-01-01) to datetime(2026-01-01T02:00:00Z) step 1h | count => 3
datatable(a:string, b:long)["x", 1, "y", 2] | where b > 1 => y, 2
print a = 1, b = "x" => 1, x
print x = "a=1;b=2" | parse x with "a=" a:long ";b=" b:long | project a, b => 1, 2
print x = "8.8.8.8|5|7" | parse kind=regex x with "^" a "[|]" b:long "[|]" * | project a, b => 8.8.8.8, 5
print x = "8.8.8.8|5|7" | parse x with a "|" b =! follows a text
print x = "k1=v1,k2=v2" | parse-kv x as (k1:string, k2:string) with (pair_delimiter=",", kv_delimiter="=") =! parse-kv
D | search "8.8" | count => 1
D | search "8.7" | count => 0
D | search "8.8.8.8" | count => 1
search in (NTANetAnalytics) "nowhere-to-be-found" | count => 0
find in (NTANetAnalytics) where SrcIp == "nowhere" =! find
D | render timechart => 4 rows
D | summarize sum(n) by bin(t, 1h) | render columnchart with (title="n") => 3 rows
D | consume => 0 rows
D | fork (take 1) (take 2) =! fork
D | scan declare (s:long = 0) with (step a: true => s = n;) =! scan
D | evaluate autocluster() =! autocluster
D | evaluate bag_unpack(pack_all()) =! pack_all()
D | evaluate python("x") =! python
D | invoke nothing() =! nothing
externaldata(x:string)["https://example.com/x.csv"] =! externaldata
cluster("x").database("y").T =! cluster
# let, functions and scopes
let k = 443; D | where port == k | count => 2
let start = datetime(2026-01-01T01:00:00Z); let stop = datetime(2026-01-01T02:00:00Z); D | where t between (start .. stop) | count => 2
let big = D | where n > 5; big | count => 2
let ports = dynamic([443, 22]); D | where port in (ports) | count => 3
let ports = D | where b | distinct port; D | where port in (ports) | count => 2
let twice = (x:long) { x * 2 }; D | where n == 1 | project twice(n) => 2
let label = (x:string, end:string = "!") { strcat(x, end) }; print label("a") => a!
let above = (least:long) { D | where n > least }; above(6) | count => 2
let above = (least:long = 6) { D | where n > least }; above() | summarize s = sum(n) => 17
let some = () { D | where b }; some | count => 2
let only = (T:(port:int), p:int) { T | where port == p }; D | invoke only(443) | count => 2
let only = (T:(port:int), p:int) { T | where port == p }; only(D , 443) | count => 2
let most = toscalar(D | summarize max(n)); D | where n == most | project ip => 10.0.0.1
let m = materialize(D | where b); m | count => 2
let f = (a: long, b: long = 5) { a * 10 + b }; print f(b = 7, a = 1), f(1), f(1, b = 8) => 17, 15, 18
let f = (few: long = 1, p: int = 0) { D | where port == p | take few }; f(p = 443) | count => 1
let f = (T: (n: long), few: long = 1, least: long = 0) { T | where n >= least | take few }; D | invoke f(least = 10) | project n => 10
let f = (a: long = 1) { a }; print f(c = 2) =! has no parameter c
let f = (a: long, b: long = 1) { a + b }; print f(b = 2) =! without a
let f = (a: long, b: long = 1) { a + b }; print f(2, a = 2) =! a twice
let f = (a: long, b: long = 1) { a + b }; print f(b = 2, 1) =! behind one with a name
let f = view () { D | take 1 }; f() | count => 1
declare query_parameters(p:int = 443); D | where port == p | count => 2
set notruncation; D | count => 4
let T = D | take 1 =! asks for no table
print 1h - 1tick =! microsecond
D | make-graph ip --> port =! make-graph
D | mv-expand split(ip, ".") =! mv-expand
// a remark above ⏎D | count // and behind => 4
# Scalar operators
print 7 / 2, 7 % 3, 7.0 / 2, -7 / 2, 1 + 2 * 3 => 3, 1, 3.5, -3, 7
print "abc" == "ABC", "abc" =~ "ABC", "abc" != "abd", "abc" !~ "ABC" => false, true, true, false
print "Deny-All" has "deny", "Deny-All" has "den", "Deny-All" hasprefix "den", "Deny-All" hassuffix "ll" => true, false, true, true
print "DenyAll" contains "nya", "DenyAll" contains_cs "nya", "DenyAll" !contains "x", "DenyAll" startswith "deny", "DenyAll" endswith "ALL", "DenyAll" startswith_cs "deny" => true, false, true, true, true, false
print "a b c" has_any ("x", "b"), "a b c" has_all ("a", "b"), "a" in ("a", "b"), "A" in~ ("a"), "A" !in ("a"), "A" !in~ ("a") => true, true, true, true, true, false
print 443.0 in (dynamic([443, 22])), 443 in (dynamic([443.0])), 443.0 !in (dynamic([443])), 1.5 in (dynamic([1.5])), "a" in (dynamic(["a"])), "A" in~ (dynamic(["a"])) => true, true, false, true, true, true
let ports = dynamic([443, 22]); D | extend wide = todouble(port) | where wide in (ports) | count => 3
D | summarize ports = make_set(port) by ip | join kind=inner D on ip | where todouble(port) in (ports) | count => 4
D | where ip in (split("10.0.0.1,8.8.8.8", ",")) and ip in~ (split("10.0.0.1,8.8.8.8", ",")) | count => 3
D | where ip has_any (split("10.0.0.1,8.8.8.8", ",")) | count => 3
let moments = toscalar(D | summarize make_set(t)); D | where t in (moments) | count => 4
D | summarize moments = make_list(t) by ip | join kind=inner D on ip | where t in (moments) and t in (dynamic([datetime(2026-01-01T00:10:00Z)])) | count => 1
D | where ip !in (dynamic([])) and not(ip in (dynamic([]))) | count => 4
D | extend some = split("10,0", ",") | where ip has_all (some) | count => 3
print "port-443" matches regex "[0-9]+", 5 between (1 .. 5), 5 !between (1 .. 5) => true, true, false
print true and false, true or false, not(true) => false, true, false
print 1 == 1.0, 2 > 1, datetime(2026-01-02) - datetime(2026-01-01), datetime(2026-01-01) + 1h => true, true, 1.00:00:00, 2026-01-01T01:00:00Z
print 1h / 1m, 90m / 1h, 2 * 1h => 60.0, 1.5, 02:00:00
print d = dynamic({"a":{"b":[1,2]}}) | project d.a.b[1], d["a"]["b"][0], tostring(d.none) => 2, 1,
# Conditions and nulls
print iff(1 > 2, "a", "b"), iif(true, 1, 2), case(1 > 2, "a", 2 > 1, "b", "c") => b, 1, b
print x = iff(true, dynamic([1,2]), dynamic([3])) => [1,2]
print x = iff(isempty("a"), split("b c", " "), pack_array("a")) => ["a"]
print coalesce(int(null), 3), coalesce("", "x"), isnull(int(null)), isnotnull(1), isempty(""), isnotempty("a") => 3, x, true, true, true, true
print max_of(1, 5, 3), min_of(2, 1), 5 == int(null) => 5, 1, false
print column_ifexists("none", "default") => default
D | where n == 1 | project column_ifexists("port", 0), column_ifexists("nothing", "-") => 53, -
D | where n == 1 | project columnifexists("port", 0) => 53
# Text
print strcat("a", 1, true), strlen("abc"), toupper("a"), tolower("A"), substring("abcdef", 1, 3), strrep("ab", 2) => a1True, 3, A, a, bcd, abab
print split("a/b/c", "/"), split("a/b/c", "/", 1), tostring(split("a/b/c", "/")[2]) => ["a","b","c"], ["b"], c
print trim(" ", " a "), trim_start("a+", "aab"), trim_end("b", "aab"), trim("[^a-z]+", "--x--") => a, b, aa, x
print replace_string("a-b", "-", "+"), replace_regex("a1b2", "[0-9]", "x"), replace(@"-", "", "00-0D-3A"), replace(@"(\\d)", @"<\\1>", "a1") => a+b, axbx, 000D3A, a<1>
print extract("([0-9]+)", 1, "port 443"), extract("x=([0-9]+)", 1, "x=45", typeof(long)) => 443, 45
print extract_all("([0-9]+)", "1 22 333"), extractall("([a-z])([0-9])", "a1 b2") => ["1","22","333"], [["a","1"],["b","2"]]
print indexof("abcb", "b", 2), indexof("abcb", "b", 0, 1), indexof("abcb", "b", -1), strrep("ab", 2, "-") => 3, -1, 3, ab-ab
print indexof("abc", "c"), countof("a.b.c", "."), reverse("abc"), strcat_delim("-", "a", 1), strcat_array(dynamic([1,2]), ",") => 2, 2, cba, a-1, 1,2
print parse_json('{"a":[1]}').a[0], todynamic("[2]")[0], parsejson("[3]")[0], tostring(dynamic({"a":1})) => 1, 2, 3, {"a":1}
print text = parse_json("no JSON"), none = parse_json(""), cut = parse_json("[1,2") | project tostring(text), gettype(text), isnull(none), tostring(cut) => no JSON, string, true, [1,2
print "\\u0041\\x42", "\\\\u0041", @"\\u0041", h"secret", H@"a\\b" => AB, \\u0041, \\u0041, secret, a\\b
print parse_url("https://u@h.example:8443/p/q?x=1").Host => u@h.example
print parse_path("/a/b.txt") =! parse_path
print parse_urlquery("a=1") =! parse_urlquery
print base64_encode_tostring("hi"), base64_decode_tostring("aGk="), hash_sha256("a"), hash_md5("a") => aGk=, hi, ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, 0cc175b9c0f1b6a831c399e269772661
print url_encode("a b"), url_decode("a%20b"), translate("abc", "xyz", "cab"), strcmp("a", "b"), padleft("7", 3, "0") =! padleft
print url_encode("a b"), url_decode("a%20b"), translate("abc", "xyz", "cab"), strcmp("a", "b"), string_size("ab") => a%20b, a b, zxy, -1, 2
print parse_csv("a,b")[1], make_string(72, 105), to_utf8("a"), isascii("a") => b, Hi, [97], true
print parse_version("1.2.3.4") < parse_version("1.10"), format_bytes(1536), format_bytes(1048576, 1, "MB") => true, 2 KB, 1 MB
# Numbers and types
print toint("4"), tolong(4.9), todouble("1.5"), toreal("2"), todecimal("1.5"), tobool("true"), toint("x") => 4, 4, 1.5, 2.0, 1.5, true,
print round(2.567, 1), floor(7.9, 1), ceiling(1.2), abs(-3), pow(2, 3), sqrt(9), log10(100), exp(0), sign(-2) => 2.6, 7.0, 2.0, 3, 8.0, 3.0, 2.0, 1.0, -1.0
print bin(7, 5), bin_at(7, 5, 1), bin(datetime(2026-01-01T01:40:00Z), 1h), isnan(real(nan)), isfinite(1.0) => 5, 6, 2026-01-01T01:00:00Z, true, true
print bin_at(1h, 1d, 12h), bin(1d, 0s), bin(time(-1h), 2h), bin(datetime(2026-01-07T12:34:56.789Z), 1s) => -12:00:00, , -02:00:00, 2026-01-07T12:34:56Z
print gettype(1), gettype("a"), gettype(1.0), gettype(datetime(2026-01-01)), gettype(dynamic([])) => long, string, real, datetime, array
print tostring(1h), tostring(datetime(2026-01-01)), tostring(true), tostring(2.0), tostring(1.5) => 01:00:00, 2026-01-01T00:00:00.0000000Z, True, 2.0, 1.5
print tohex(255), binary_and(6, 3), binary_or(4, 1), binary_xor(6, 3), binary_shift_left(1, 4), bitset_count_ones(7) => ff, 2, 5, 5, 16, 3
print rand() < 1, guid(74be27de-1e4e-49d9-b579-fe0b331d3642), toguid("74be27de-1e4e-49d9-b579-fe0b331d3642") == guid(74be27de-1e4e-49d9-b579-fe0b331d3642) => true, 74be27de-1e4e-49d9-b579-fe0b331d3642, true
# Times
print datetime_diff("hour", datetime(2026-01-01T05:00:00Z), datetime(2026-01-01)), datetime_add("day", 1, datetime(2026-01-01)), datetime_part("month", datetime(2026-03-01)) => 5, 2026-01-02T00:00:00Z, 3
print startofday(datetime(2026-01-01T05:00:00Z)), endofday(datetime(2026-01-01)), startofweek(datetime(2026-01-01)), startofmonth(datetime(2026-01-09)) => 2026-01-01T00:00:00Z, 2026-01-01T23:59:59.999999Z, 2025-12-28T00:00:00Z, 2026-01-01T00:00:00Z
print hourofday(datetime(2026-01-01T05:00:00Z)), dayofweek(datetime(2026-01-01)), dayofmonth(datetime(2026-01-09)), getyear(datetime(2026-01-01)), week_of_year(datetime(2026-01-01)), monthofyear(datetime(2026-02-01)) => 5, 4.00:00:00, 9, 2026, 1, 2
print format_datetime(datetime(2026-01-02T03:04:05Z), "yyyy-MM-dd HH:mm"), format_timespan(1h, "hh:mm"), make_datetime(2026, 1, 2), totimespan("01:00:00") => 2026-01-02 03:04, 01:00, 2026-01-02T00:00:00Z, 01:00:00
print unixtime_seconds_todatetime(1767225600), unixtime_milliseconds_todatetime(1767225600000), todatetime("2026-01-01"), now() > ago(1h) => 2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z, 2026-01-01T00:00:00Z, true
print datetime_utc_to_local(datetime(2026-01-01), "Europe/Berlin"), datetime_local_to_utc(datetime(2026-07-01), "Europe/Berlin") => 2026-01-01T01:00:00Z, 2026-06-30T22:00:00Z
# Addresses
print ipv4_is_private("10.1.2.3"), ipv4_is_private("172.32.0.1"), ipv4_is_private("192.168.1.0/24"), ipv4_is_private("x") => true, false, true,
print ipv4_is_in_range("10.0.1.7", "10.0.1.0/24"), ipv4_is_in_range("10.0.2.7", "10.0.1.0/24"), ipv4_is_in_range("x", "10.0.0.0/8") => true, false,
print ipv4_is_in_any_range("10.0.1.7", "8.8.8.0/24", "10.0.0.0/8"), ipv4_is_in_any_range("1.1.1.1", dynamic(["10.0.0.0/8"])) => true, false
print ipv4_is_match("192.168.1.1/24", "192.168.1.255/24"), ipv4_is_match("192.168.1.1", "192.168.1.255"), ipv4_is_match("192.168.1.1", "192.168.1.255", 24) => true, false, true
print ipv4_compare("192.168.1.1", "192.168.1.255"), ipv4_compare("10.0.0.9/24", "10.0.0.1"), ipv4_compare("2.0.0.0", "1.0.0.0"), ipv4_compare("x", "1.1.1.1") => -1, 0, 1,
print parse_ipv4("10.0.0.1"), parse_ipv4_mask("10.0.0.7", 24), format_ipv4(167772161), format_ipv4_mask(167772161, 24), ipv4_netmask_suffix("10.0.0.0/24"), format_ipv4("10.0.0.7", 24) => 167772161, 167772160, 10.0.0.1, 10.0.0.0/24, 24, 10.0.0.0
D | where n < 6 | project net = strcat(format_ipv4(parse_ipv4(ip), 16), "/16"), parse_ipv4("192.168.1.1/24") | sort by net asc => 10.0.0.0/16, 3232235776 / 8.8.0.0/16, 3232235776
D | evaluate ipv4_lookup(datatable(net:string, name:string)["10.0.0.0/8", "a"], ip, net, return_unmatched = true) | where name == "" | count => 1
print has_ipv4("src=10.0.0.1,x", "10.0.0.1"), has_ipv4("src=10.0.0.12", "10.0.0.1"), has_ipv4_prefix("a 10.0.5.1 b", "10.0."), has_any_ipv4("a 1.1.1.1", "2.2.2.2", "1.1.1.1"), has_any_ipv4_prefix("a 1.1.1.1", "9.", "1.1.") => true, false, true, true, true
print ipv6_compare("fe80::1", "fe80::1"), ipv6_is_match("fe80::1/64", "fe80::ff/64"), ipv6_is_in_range("fd00::5", "fd00::/16"), ipv6_is_in_any_range("fd00::5", dynamic(["fe80::/10", "fd00::/8"])), parse_ipv6("127.0.0.1") => 0, true, true, true, 0000:0000:0000:0000:0000:ffff:7f00:0001
print geo_info_from_ip_address("8.8.8.8") =! geo_info_from_ip_address
# Dynamic values
print array_length(dynamic([1,2,3])), arraylength(dynamic([1])), array_index_of(dynamic(["a","b"]), "b"), array_concat(dynamic([1]), dynamic([2])), array_slice(dynamic([1,2,3]), 0, 1) => 3, 1, 1, [1,2], [1,2]
print array_sort_asc(dynamic([3,1,2])), array_sum(dynamic([1,2])), array_reverse(dynamic([1,2])), set_union(dynamic([1]), dynamic([2])), set_intersect(dynamic([1,2]), dynamic([2])), set_difference(dynamic([1,2]), dynamic([2])), set_has_element(dynamic([1]), 1) => [1,2,3], 3.0, [2,1], [1,2], [2], [1], true
D | summarize moments = make_list(t) by ip | join kind=inner D on ip | where set_has_element(moments, t) and array_index_of(moments, t) == 0 | count => 3
print set_has_element(dynamic([443]), 443.0), set_has_element(dynamic(["443"]), 443), array_index_of(dynamic([22, 443]), 443.0) => true, false, 1
print bag_pack("a", 1), pack("a", 1), bag_keys(dynamic({"a":1,"b":2})), bag_has_key(dynamic({"a":1}), "a"), bag_merge(dynamic({"a":1}), dynamic({"b":2})), bag_remove_keys(dynamic({"a":1,"b":2}), dynamic(["a"])) => {"a":1}, {"a":1}, ["a","b"], true, {"b":2,"a":1}, {"b":2}
D | where n == 1 | project bag = pack_all() | project found = bag_has_key(bag, "port") => true
print range(1, 5, 2), repeat(1, 3), zip(dynamic([1,2]), dynamic([3,4])), treepath(dynamic({"a":1})) =! treepath
print range(1, 5, 2), repeat(1, 3), zip(dynamic([1,2]), dynamic([3,4])), array_iff(dynamic([true,false]), dynamic([1,2]), dynamic([3,4])) => [1,3,5], [1,1,1], [[1,3],[2,4]], [1,4]
# Series
print series_sum(dynamic([1,2,3])), series_fill_const(dynamic([1,null]), 0), series_fill_forward(dynamic([1,null,3])), series_fill_linear(dynamic([1,null,3])) => 6.0, [1,0], [1,1,3], [1.0,2.0,3.0]
print series_add(dynamic([1,2]), dynamic([3,4])), series_subtract(dynamic([3]), dynamic([1])), series_multiply(dynamic([2]), dynamic([3])), series_divide(dynamic([3]), dynamic([2])), series_greater(dynamic([1,3]), dynamic([2,2])) => [4.0,6.0], [2.0], [6.0], [1.5], [false,true]
print s = series_stats_dynamic(dynamic([1,2,3])) | project s.min, s.max, s.avg => 1.0, 3.0, 2.0
print series_stats(dynamic([1,2,3])) | project series_stats_Column1_min, series_stats_Column1_avg =! series_stats
print series_fir(dynamic([1,2,3,4]), dynamic([1,1]), false, false) =! series_fir
print series_decompose_anomalies(dynamic([1,1,1,1,1,1,1,9,1,1])) =! series_decompose_anomalies
# Misspelled or wrong
NTANetAnalytics | where SrcIP == "x" =! SrcIp
NTANetAnalytics | project srcip =! SrcIp
NTANetAnalytics | summarize sum(Bytes) by SrcIp =! BytesSrcToDest
NTANetAnalytic | take 1 =! NTANetAnalytics
ntanetanalytics | take 1 =! NTANetAnalytics
NTANetAnalytics | wher SrcIp == "x" =! wher
NTANetAnalytics | summarize Count() =! count
NTANetAnalytics | extend x = stlen(SrcIp) =! strlen
NTANetAnalytics | where SrcIp = "x" =! KQL
NTANetAnalytics | project SrcIp | where DestIp == "x" =! DestIp
NTANetAnalytics | summarize n = count() by SrcIp | sort by count_ =! count_
NTANetAnalytics | join (NTANetAnalytics | project DestIp) on SrcIp =! SrcIp
NTANetAnalytics | extend a = 1, b = a =! a
NTANetAnalytics | project-away Nothing =! Nothing
NTANetAnalytics | where strlen(SrcIp, 2) > 1 =! strlen
NTANetAnalytics | sort by Bytes =! Bytes
let x = 1; NTANetAnalytics | where DestPort == y =! y
"""


def read_constructs(text: str = _TEXT) -> list[Construct]:
    """One construct a line; `=>` is followed by its rows, `=!` by a word of the refusal."""
    found, group = [], ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("# "):
            group = line[2:]
        elif " =! " in line:
            kql, _, word = line.rpartition(" =! ")
            found.append(Construct(group, kql, refusal=word))
        else:
            kql, _, answer = line.rpartition(" =>")
            found.append(Construct(group, kql.replace("⏎", "\n"), answer.strip()))
    return found


CONSTRUCTS = read_constructs()
