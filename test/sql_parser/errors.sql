select "x"
;;
select 1 != 2
;;
select e'x'
;;
select * from t limit 1,2
;;
select * from t offset 1 limit 2
;;
select x'0a1g'
;;
select * from t fetch first 2 rows only limit 3
;;
select 1 where true
;;
select interval '1' week
;;
select f(a order by b) from t
;;
select substring(a for 1) from t
;;
select cast(a as int not null) from t
;;
select * from f(1)
;;
select * from a minus select 1
;;
select date '2020-02-30'
;;
select date '2020-13-01'
;;
select time '24:00:00'
;;
select timestamp '2020-01-01T00:00:00'
;;
select 'abc
;;
select
;;
select * from t where a = 
;;
show create
;;
select # from t
;;
select a from t where
  b = )
;;
create table t (a int, b string,)
;;
create table t ()
;;
select count(*) over, 1
;;
select case when a then b
;;
show partitions t partition (a)
;;
create temporary system function f as 'x' language python using jar 'a'
;;
drop table a, b
;;
call p
;;
create table t (like x)
;;
create table t (a) as select 1
;;
create table t (a int) partitioned by ()
;;
create external table t (a int)
;;
alter database d reset ('a')
;;
select timestamp from t
;;
select a as value from t
;;
select a value from t
;;
select order from t
;;
select count from t
;;
select user from t
;;
select a.count from t
;;
select a from t as x y
;;
select a b c from t
;;
select a, from t
;;
select from t
;;
select * t
;;
select * from t where
;;
select * from t group by
;;
select * from t order
;;
selec 1
;;
insert t select 1
;;
insert into t
;;
create table t
;;
create view v
;;
create view v as insert into t select 1
;;
select 1 from t natural
;;
select * from a join
;;
select * from a cross b
;;
select (1,2 from t
;;
select f( from t
;;
select a[1 from t
;;
select case end
;;
select cast(a int)
;;
select cast(a as)
;;
select 1 +
;;
select not
;;
select a is b
;;
select a between 1
;;
select a in ()
;;
select a like
;;
with a select 1
;;
with recursive a as (select 1) select * from a
;;
explain
;;
use
;;
set a
;;
drop
;;
drop table
;;
alter table t
;;
alter table t add
;;
select row()
;;
select array(1,2)
;;
select map[1]
;;
select * from unnest()
;;
select * from table(t)
;;
select * from lateral t
;;
select a from t qualify a = 1
;;
select * from a left semi join b on a.x = b.x
;;
select 1 union
;;
select 1 union all all select 2
;;
select trim(both from) from t
;;
select extract(foo from a)
;;
select ceil(a to foo)
;;
select timestampadd(foo, 1, a)
;;
select a from t for system_time as of
;;
create table t (a timestamp with time zone)
;;
create table t (a interval day)
;;
create table t (a decimal(10,2,1))
;;
create table t (a varchar(-1))
;;
create table t (a foo)
;;
create table t (a int comment x)
;;
create table t (a int) with ('a'=1)
;;
create table t (a int) with ('a')
;;
create table t (a int) with (a='b')
;;
create table t (a int, primary key)
;;
create table t (a int, primary key (a) enforced)
;;
create table t (watermark for a)
;;
create catalog
;;
show
;;
show foo
;;
show tables from
;;
show tables like x
;;
begin
;;
begin statement
;;
execute statement set begin end
;;
execute statement set begin insert into a select 1 end
;;
execute statement set begin select 1; end
;;
compile plan x for insert into t select 1
;;
stop job x
;;
describe
;;
desc job x
;;
insert into t values
;;
insert into t values (1
;;
update t
;;
delete t
;;
truncate t
;;
analyze t
;;
load m
;;
create function f
;;
select a..b from t
;;
select .a from t
;;
select `` from t
;;
select a == b from t
;;
select a && b from t
;;
select a ^ b from t
;;
select 1;; select 2
;;
;
;;
select * from (select 1
;;
select * from t match_recognize (pattern (a) define)
;;
select * from t match_recognize (define a as true)
;;
select grouping sets(a) from t
;;
select sum(a) over (order by) from t
;;
select sum(a) over (rows) from t
;;
select sum(a) over (rows between 1 preceding) from t
;;
select json_value(a) from t
;;
select json_query(a, '$' error) from t
;;
select json_object(key a) from t
;;
select * from a, lateral f(x)
;;
select * from (a, b)
;;
select a as 'x' from t
;;
select a 'x' from t
;;
select interval '1'
;;
select interval day
;;
select interval '1' day to month
;;
select interval '1' hour to day
;;
select timestamp 'x' 
;;
select a not from t
;;
select a is not from t
;;
select exists (1)
;;
select a = any 1
;;
select distinct all a from t
;;
select * from t /*+ OPTIONS( */
;;
select /*+ foo
;;
help
;;
foo
;;
foo bar
;;
create table timestamp (a int)
;;
select * from user
;;
select a from t where date = 1
;;
create table t (timestamp int)
;;
insert into order select 1
;;
select a as order from t
;;
use table
;;
drop table order
;;
describe value
;;
select * from t as offset
