select a, b+1 as c, count(*) from t where a > 1 and b in (1,2) or not (c like 'x%') group by a having count(*) > 1 order by 1 desc limit 5
;;
select * from a join b on a.x = b.x left join c using (y)
;;
create table t (a int not null comment 'x', b as a + 1, ts timestamp(3), watermark for ts as ts - interval '5' second, primary key (a) not enforced) comment 'c' partitioned by (a) with ('k'='v', 'x'='y')
;;
select a from (select * from t) as x(a,b), lateral table(f(a)) as tt(b)
;;
select trim(both 'x' from y), trim(z), substring(a from 1 for 2), extract(year from d), ceil(t to day), position('a' in b), overlay(a placing b from 1 for 2), cast(a as string), try_cast(a as row<x int, y string not null>), a[1], m['k'], array[1,2], map['a',1], row(1,2), (1,2), case a when 1,2 then 3 else 4 end, case when a then b end, current_date, pi, localtimestamp, date '2020-01-01', timestamp '2020-01-01 00:00:00.123', time '10:10:10', interval '1' day, interval '1-2' year to month, interval -'3 10' day(3) to hour from t
;;
select count(distinct a) filter (where b > 1), sum(a) over (partition by b order by c rows between 1 preceding and current row) as s, row_number() over w, first_value(x) ignore nulls over w from t window w as (partition by a order by b desc nulls last)
;;
with x as (select 1), y(a,b) as (values (1,2),(3,4)) select * from x union all select * from y except (select 1 order by 1 limit 3)
;;
select * from table(tumble(table t, descriptor(ts), interval '1' minute))
;;
select * from table(tumble(data => table t, timecol => descriptor(ts), size => interval '1' minute))
;;
select * from table(hop(table a.b.t, descriptor(ts), interval '1' minute, interval '5' minutes, interval '1' second)) as w
;;
select window_start, window_end, count(*) from table(cumulate(table t, descriptor(ts), interval '1' minute, interval '1' day)) group by window_start, window_end
;;
select * from t match_recognize (partition by a order by ts measures a.x as y, last(b.z) as q one row per match after match skip past last row pattern (a b* c+? d{2,4}? e{3} f{2,} g{,3}) within interval '1' hour define a as a.x > 1, b as b.y < 2) as m
;;
select /*+ STATE_TTL('t'='1d') */ * from t /*+ OPTIONS('a'='b') */ for system_time as of x.ts as x
;;
select * from o left join r for system_time as of o.ts as q on o.k = q.k
;;
select * from o join lateral (select * from u where u.k = o.k) as x on true
;;
insert into a.b.c partition (p='x', q=1) (x, y) select 1, 2
;;
insert overwrite t values (1,'a'),(2,'b')
;;
explain changelog_mode, estimated_cost select 1
;;
execute statement set begin insert into a select 1; insert into b select 2; end
;;
select a from t group by grouping sets ((a,b),(a),()), cube(a,b), rollup((a,b),c)
;;
select a -- b
 from t where exists (select 1 from u) and a between symmetric 1 and 2 and b not between 1 and 2 and c is not distinct from d and e similar to 'x' escape '\' and a is json object and x not in (select 1)
;;
select 1 // c
;;
select /* a ; ' */ 1 /**/
;;
select 1a
;;
select .5, 1., 1.e2, 1e+5, +1, - 2147483648, -9223372036854775808, 1 - 1, 99999999999999999999, 1e400, 100e1 , .5e0, 007, 00.50, -0, -0.0
;;
select * from (a join b on a.x=b.x) join c on true
;;
select * from ((select 1))
;;
select * from ((select 1) union (select 2)) as x
;;
select ((select 1) + 1)
;;
select * from t limit 2 offset 1
;;
select * from t offset 1 rows fetch first 2 rows only
;;
select * from t offset 1
;;
select * from t limit all
;;
select * from t limit 0
;;
select a.* , a.b.* from a
;;
select * from (values (1,2)) as t(a,b)
;;
select * from (values 1,2)
;;
values 1, (2)
;;
table t
;;
select interval '1' days, interval '2' hours
;;
select a from t order by a asc nulls first, b nulls last
;;
select f(distinct a), f(all a), f(*), f(a => 1), f(default), g() from t
;;
select a.b.c.d, f(a).b, a[1].b[2], f(a).b.c from t
;;
select * from t, unnest(a) as u(b), unnest(a, c) with ordinality as v(x,y)
;;
select * from t left join lateral table(f(x)) on true cross join lateral (select 1) as y natural join z natural left join q
;;
select a overlaps b, (a,b) overlaps (c,d) from t
;;
select a = any (select 1), a > all (select 1), a = some (1,2), a in ((select 1)) from t
;;
select not a, not a = b, not a is null, a = b is null, -a, - 1, +a, -a*b, - -1, -(-1) , a - -1, -(a + b), -(-a) from t
;;
select cast(a as array<int>), cast(a as map<int, string not null>), cast(a as row<a int, b string 'x'>), cast(a as timestamp_ltz), cast(a as time(3) without time zone), cast(a as double precision), cast(a as dec(3)), cast(a as numeric(3,1)), cast(a as raw('x','y')), cast(a as interval day to second), cast(a as bytes), cast(a as varbinary(3)), cast(a as character varying(3)), cast(a as char), cast(a as integer) from t
;;
select cast(a as row<f int, g array<string not null>>), cast(a as map<string, int>), cast(a as timestamp_ltz(3)), cast(a as time), cast(a as decimal(10, 2)), cast(a as varchar), cast(a as multiset<int>), cast(a as char(3)), cast(a as double), cast(a as float), cast(a as varbinary), cast(a as timestamp without time zone), cast(a as date), cast(a as decimal), cast(a as row<>), cast(a as interval year), cast(a as interval day(3) to second(2)), cast(a as a.b)
;;
select json_value(a, 'lax $.b' returning int null on empty default 1 on error), json_query(a, '$' with conditional array wrapper empty array on empty error on error), json_exists(a,'$' true on error), json_object(key 'a' value 1, 'b' value 2 null on null), json_object('a':1), json_array(1,2 absent on null), json_arrayagg(a absent on null), json_objectagg(key a value b null on null), json_object(), json_array(), json_object('a' value json_object('b' value 1) absent on null) from t
;;
select json_value(a, '$'), json_value(a, '$' returning string), json_query(a, '$'), json_query(a, '$' without wrapper), json_query(a, '$' with wrapper null on empty), json_query(a, '$' returning array<string>), json_exists(a, '$')
;;
select listagg(a, ',') within group (order by b), array_agg(a respect nulls), array_agg(a) ignore nulls, count(*) filter (where a) over () from t
;;
select sum(a) over w2 from t window w as (partition by a), w2 as (w order by b range between interval '1' hour preceding and unbounded following)
;;
select timestampadd(day, 1, a), timestampdiff(second, a, b), extract(epoch from a), floor(a to week), ceiling(a), floor(a) from t
;;
select substring(a, 1, 2), substring(a from 1), position(a in b from 3), trim(leading from a), trim('x' from a), overlay(a placing b from 1) from t
;;
select * from table(session(table t partition by a, descriptor(ts), interval '1' minute))
;;
select * from a, b join c on true, d
;;
select * from a join (b join c on x = y) on z = w
;;
select * from (select * from a join b using (x)) as q natural full join z right join y on a = b
;;
select * from t match_recognize (order by ts measures final last(a.x) as l, running last(a.x, 1) as m, first(a.y) as n, prev(a.x) as o all rows per match after match skip to first a pattern ((a b)+ | c* (d e?) f*?) subset u = (a, b) define a as prev(a.x) > 1)
;;
select * from t match_recognize (measures a as a after match skip to last a pattern (a) define a as true) t2
;;
select (select max(a) from t), exists (select 1) from (values (1), (2)) v(a) where a in (select 1 from x) and (a, b) in (select 1, 2)
;;
select a from t where a and b and c or d
;;
select a, b as `x y` from `my cat`.`db``x`.t where x = 'it''s' group by a, b having a > 1 and b < 2 order by a desc nulls first, b
;;
select count(*) filter (where a > 1 and b < 2) from t group by ()
;;
select all a from t group by distinct a, rollup(a, b)
;;
select sum(a) over (order by b rows unbounded preceding), sum(a) over (order by b range between unbounded preceding and 2 following) from t
;;
(select 1 order by 1) union all (select 2 limit 1) order by 1
;;
select 1 union (select 2 union select 3) intersect select 4 except all select 5
;;
(select 1 union select 2) intersect all select 3 union distinct select 4
;;
(select 1 limit 3) limit 2
;;
with a as (select 1) (select * from a limit 3) limit 2
;;
with a as (select 1) select * from a order by 1
;;
select interval (a) day, interval 1 day, interval f(a) hour, (a - b) day, (a - b) day to second
;;
select array[], multiset[1], map[], array(select 1), map(select 1, 2)
;;
select a.*, count(distinct a, b) from t a
;;
select a between asymmetric 1 and 2, a not like b, a not similar to b escape 'x', a is not distinct from b, a is not true, a is not unknown, a is not json array, a is json, a ilike b, a rlike b
;;
select ?, f(?) from t limit ?
;;
select x'0a1f', X'', _UTF8'x', n'y', 'a'''
;;
select date '2020-2-3', time '1:1:1', timestamp '2020-01-01', timestamp '2020-01-01 1:1:1', timestamp '2020-01-01 00:00:00.', timestamp '2020-01-01 00:00:00.123456789'
;;
select lower(a), upper(a), count(a), row_number() over (), nullif(a,b), coalesce(a,b), localtime, current_time, current_user, pi, pi(), mod(a,b), char_length(a), year(a), week(a), dayofmonth(a), rand(), cast(null as int), grouping(a), lag(a, 1) over w, rank() over (order by a)
;;
select a || b || c, a || (b || c), a + b * c - d / e % f, (a + b) * c, a - (b - c), a * (b * c), (a or b) and c, a or b and c, not (a and b), (not a) and b, (a = b) = c, a = (b = c), (a < b) is null, a is null is true, (a like b) like c, (a in (1)) in (true, false), a between 1 + 1 and 2 * 2
;;
select a as `select`, b as `select`, `count`, `PI` from t
;;
create table t (a int) distributed by hash(a) into 4 buckets
;;
create table t (a int) distributed into 4 buckets partitioned by (a) with ('a'='b') like x.y (including all excluding options overwriting generated)
;;
create table t with ('a'='b') as select 1
;;
create or replace table t with ('a'='b') as select 1
;;
replace table t as select 1
;;
create temporary table if not exists a.b (`x` int metadata from 'y' virtual comment 'c', y int metadata, z as a + 1 comment 'm', primary key (x), unique (y))
;;
create table t (a int primary key not enforced, b row<x int 'c', y timestamp(3) not null>, c int not null unique)
;;
create table t (a int constraint x primary key not enforced)
;;
create table t (a int, watermark for a.b as x)
;;
create table t like x
;;
create table t as select 1
;;
create table t (a int) comment 'x' distributed by (a) with ()
;;
create table t (a int, constraint pk primary key (a, b) not enforced)
;;
alter table t add (a int first, b string after a, constraint x primary key (a) not enforced, watermark for ts as ts)
;;
alter table t modify a bigint comment 'x' first
;;
alter table t drop primary key
;;
alter table t drop (a, b)
;;
alter table t drop a.b
;;
alter table t rename a.b to c
;;
alter table t add if not exists partition (p=1, q='x') with ('a'='b') partition (p=2)
;;
alter table t drop if exists partition (p=1), partition (p=2)
;;
alter table t add distribution by hash(a) into 3 buckets
;;
alter table t modify distribution into 3 buckets
;;
alter table t drop distribution
;;
alter table if exists t rename to a.b
;;
alter table t set ('a'='b')
;;
alter table t reset ('a')
;;
alter table t add a int
;;
alter table t add primary key (a) not enforced
;;
alter table t add watermark for ts as ts - interval '1' second
;;
alter table t drop watermark
;;
alter table t drop constraint x
;;
alter table t drop partition (p=1)
;;
alter table t modify watermark for ts as ts
;;
alter table t add (a as b + 1, c int metadata virtual)
;;
create catalog if not exists c comment 'x' with ('type'='a')
;;
create catalog c
;;
alter catalog c set ('a'='b')
;;
alter catalog c reset ('a')
;;
alter catalog c comment 'x'
;;
create database if not exists a.b comment 'x' with ('a'='b')
;;
alter database a.b set ('a'='b')
;;
drop database if exists a.b cascade
;;
drop database a restrict
;;
show catalogs
;;
show databases
;;
show tables
;;
show tables from a.b like 'X'
;;
show tables not like 'X'
;;
show views
;;
show databases in c
;;
show functions
;;
show user functions
;;
show functions from a.b ilike 'X'
;;
show procedures from a.b not ilike 'X'
;;
show columns from a.b not like 'X%'
;;
show partitions t partition (a=1, b='x')
;;
show partitions t
;;
show create table a.b
;;
show create view v
;;
show create catalog v
;;
show current catalog
;;
show current database
;;
show modules
;;
show full modules
;;
show jars
;;
show jobs
;;
describe extended a.b
;;
desc a.b
;;
desc catalog extended c
;;
describe catalog c
;;
describe job 'x'
;;
describe database d
;;
use catalog c
;;
use a.b
;;
use modules a, b
;;
load module m with ('a'='b')
;;
unload module m
;;
create temporary system function if not exists f as 'x' language java using jar 'a', jar 'b'
;;
create function a.f as 'x'
;;
alter temporary function if exists f as 'x' language scala
;;
drop temporary system function if exists f
;;
create temporary view if not exists v (a, b) comment 'x' as select 1, 2
;;
create view v as select a, b from t where c union all select 1, 2 order by 1
;;
alter view v rename to a.w
;;
alter view v as select 1
;;
drop temporary view if exists v
;;
drop temporary table if exists v
;;
drop table a.b.c
;;
create materialized table m (primary key (a) not enforced) comment 'x' partitioned by (a) with ('a'='b') freshness = interval '3' minute refresh_mode = full as select 1
;;
create materialized table m freshness = interval '3' minutes as select 1
;;
alter materialized table m suspend
;;
alter materialized table m resume with ('a'='b')
;;
alter materialized table m resume
;;
alter materialized table m refresh partition (a=1)
;;
drop materialized table if exists m
;;
analyze table t compute statistics
;;
analyze table t partition (a=1, b) compute statistics for columns a, b
;;
analyze table t compute statistics for all columns
;;
truncate table t
;;
delete from t where a = 1
;;
delete from t as x where a = 1
;;
update t set a = 1, b = b + 1 where a = 2
;;
insert into t (a, b.c) values (1, default)
;;
insert into t table x
;;
insert into t select 1 union all select 2
;;
insert into t select a from t order by a
;;
insert into t (select a from t union select b from u) order by 1 limit 2
;;
insert into t with x as (select 1) select * from x
;;
begin statement set
;;
end
;;
execute insert into t select 1
;;
execute select 1
;;
compile plan 'x' if not exists for insert into t select 1
;;
compile plan 'x' for statement set begin insert into t select 1; end
;;
compile and execute plan 'x' for insert into t select 1
;;
execute plan 'x'
;;
explain plan for select 1
;;
explain insert into t select 1
;;
explain statement set begin insert into t select 1; insert into t values (1); end
;;
explain json_execution_plan, plan_advice insert into t select 1
;;
stop job 'x' with savepoint with drain
;;
stop job 'x'
;;
call a.p(1, x => 2)
;;
add jar 'x'
;;
remove jar 'x'
;;
create model m input (a int) output (b string) comment 'x' with ('a'='b')
;;
show models
;;
set 'a'='b'
;;
set
;;
reset 'a'
;;
reset
;;
CREATE TABLE nexmark_q7 (auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3), extra VARCHAR) WITH ('connector' = 'blackhole')
;;
INSERT INTO nexmark_q7 SELECT B.auction, B.price, B.bidder, B.dateTime, B.extra from bid B JOIN (SELECT MAX(price) AS maxprice, window_end as dateTime FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)) GROUP BY window_start, window_end) B1 ON B.price = B1.maxprice WHERE B.dateTime BETWEEN B1.dateTime - INTERVAL '10' SECOND AND B1.dateTime
;;
CREATE VIEW bid AS SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, dateTime, bid.extra FROM nexmark WHERE event_type = 2
;;
CREATE TABLE kafka (event_type int, person ROW<id BIGINT, name VARCHAR, emailAddress VARCHAR>, auction ROW<id BIGINT, `dateTime` TIMESTAMP(3)>, `dateTime` AS CASE WHEN event_type = 0 THEN person.`dateTime` WHEN event_type = 1 THEN auction.`dateTime` ELSE bid.`dateTime` END, WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND) WITH ('connector' = 'kafka')
;;
SELECT auction, bidder, price, channel, REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) as channel_id, CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' ELSE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) END AS c, 0.908 * price as p, SPLIT_INDEX(url, '/', 3) as dir1, HOUR(dateTime), DATE_FORMAT(dateTime, 'yyyy-MM-dd'), CAST(dateTime AS DATE) FROM bid WHERE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2) is not null or lower(channel) in ('apple', 'google')
;;
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS rank_number FROM bid) WHERE rank_number <= 10
;;
SELECT B.auction, S.`value` FROM (SELECT *, PROCTIME() as p_time FROM bid) AS B JOIN side_input FOR SYSTEM_TIME AS OF B.p_time AS S ON mod(B.auction, 10000) = S.key
;;
SELECT DATE_FORMAT(dateTime, 'yyyy-MM-dd') as `day`, count(*) AS total_bids, count(*) filter (where price < 10000) AS rank1_bids, count(distinct bidder) filter (where price >= 10000 and price < 1000000) AS r FROM bid GROUP BY DATE_FORMAT(dateTime, 'yyyy-MM-dd')
;;
SELECT P.name FROM (SELECT id, name, TUMBLE_START(dateTime, INTERVAL '10' SECOND) AS starttime FROM person GROUP BY id, name, TUMBLE(dateTime, INTERVAL '10' SECOND)) P JOIN A ON P.id = A.seller AND P.starttime = A.starttime
