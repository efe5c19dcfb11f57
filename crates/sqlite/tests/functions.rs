//! Functions, aggregates, window functions, collations, and code in a query.

mod hosts;

use hosts::{Place, has};

const LOAD: &str = "SELECT 'loaded' WHERE ruby_load('f.rb') IS NULL;\n";

fn script(text: &str) -> Place {
    Place::new().script("f.rb", text)
}

#[test]
fn a_function_gets_and_answers_values_of_its_types() {
    let place = script(
        "function(:add1, [:int] => :int) { |n| n + 1 }
         function(:half, [:float] => :float) { |x| x / 2 }
         function(:shout) { |s| \"#{s}!\" }
         function(:not_it, [:bool] => :bool) { |b| !b }
         function(:pick, [:json, :text] => :json) { |doc, key| doc[key] }
         function(:bytes, [:blob] => :blob) { |b| b + \"\\0\\xff\" }
         function(:count_all) { |*all| all.size }
         function(:slug, [:text] => :text, deterministic: true) { |s| s.downcase.gsub(/[^a-z]+/, '-') }",
    );
    let text = place.sql(&format!(
        "{LOAD}SELECT add1(41), add1('9'), half(5), shout('hey'), not_it(0), add1(NULL);
         SELECT pick('{{\"a\":[1,2]}}', 'a'), json_type(pick('{{\"a\":[1,2]}}', 'a')), hex(bytes(x'00'));
         SELECT count_all(), count_all(1, 2, 3), slug('Hello, World');"
    ));
    has(&text, &["undefined method '+' for nil (NoMethodError) at f.rb:1"]);
    has(&text, &["[1,2]|array|0000FF\n0|3|hello-world"]);
    let text =
        place.sql(&format!("{LOAD}SELECT add1(41), add1('9'), half(5), shout('hey'), not_it(0);"));
    assert_eq!(text, "42|10|2.5|hey!|1");
}

#[test]
fn a_function_that_answers_another_type_is_an_error() {
    let place =
        script("function(:wrong, [:int] => :int) { |n| 'text' }\nfunction(:bad) { |n| \"\\xff\" }");
    let text = place.sql(&format!("{LOAD}SELECT wrong(1); SELECT bad(1); SELECT wrong(1, 2);"));
    has(
        &text,
        &[
            "wrong: \"text\" (String) is no integer",
            "bad: a text that is not UTF-8",
            "wrong number of arguments",
        ],
    );
}

#[test]
fn an_aggregate_has_an_instance_for_each_group() {
    let place = script(
        "aggregate :longest, [:text] => :text do
           def step(s) = (@best = s if @best.nil? || s.size > @best.size)
           def final = @best
         end
         aggregate :pairs do
           step { |a, b| (@all ||= []) << [a, b] }
           final { @all }
         end",
    );
    let text = place.sql(&format!(
        "{LOAD}CREATE TABLE w(g, s); INSERT INTO w VALUES (1,'a'), (1,'bbb'), (2,'cc'), (2,'d');
         SELECT g, longest(s) FROM w GROUP BY g; SELECT pairs(g, s) FROM w WHERE g = 1;
         SELECT longest(s) FROM w WHERE 0;"
    ));
    assert_eq!(text, "1|bbb\n2|cc\n[[1,\"a\"],[1,\"bbb\"]]");
}

#[test]
fn an_aggregate_that_can_take_back_moves_over_windows() {
    let place = script(
        "aggregate :moving, [:int] => :int do
           def step(n) = @sum = (@sum || 0) + n
           def inverse(n) = @sum -= n
           def value = @sum
           def final = @sum
         end",
    );
    let text = place.sql(&format!(
        "{LOAD}WITH t(n) AS (VALUES (1), (2), (3), (4))
         SELECT moving(n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t;"
    ));
    assert_eq!(text, "1\n3\n5\n7");
}

#[test]
fn a_collation_orders_and_one_that_raises_interrupts() {
    let place = script(
        "collation(:by_size) { |a, b| a.size <=> b.size }\ncollation(:broken) { |a, b| raise 'no' }",
    );
    let text = place.sql(&format!(
        "{LOAD}CREATE TABLE w(s); INSERT INTO w VALUES ('ccc'), ('a'), ('bb');
         SELECT group_concat(s) FROM (SELECT s FROM w ORDER BY s COLLATE by_size);
         SELECT s FROM w ORDER BY s COLLATE broken;"
    ));
    has(&text, &["a,bb,ccc", "interrupted"]);
}

#[test]
fn a_function_can_be_loaded_anew_while_it_is_in_use() {
    let place = script("function(:version) { 1 }");
    let text = place.python(
        "load = lambda: db.execute(\"SELECT ruby_load('f.rb')\").fetchall()\n\
         load()\n\
         scan = db.execute('WITH t(n) AS (VALUES (1), (2), (3)) SELECT version() FROM t')\n\
         print(scan.fetchone())\n\
         open('f.rb', 'w').write('function(:version) { 2_000 }')\n\
         load()\n\
         print(scan.fetchall()[-1], db.execute('SELECT version()').fetchone())",
    );
    assert_eq!(text, "(1,)\n(2000,) (2000,)");
}

#[test]
fn code_in_a_query_answers_its_last_value() {
    let text = Place::new().sql(
        "SELECT ruby_eval('1 + 1'), ruby_eval('args[0] * args[1]', 6, 7), ruby_eval('nil') IS NULL, ruby_eval('false');
         SELECT ruby_eval('{a: [1, nil, \"x\"]}'), json_type(ruby_eval('{}'));
         SELECT ruby_eval('function(:thrice) { |n| n * 3 }'), thrice(5);
         SELECT ruby_eval('def helper(n) = n * 2; helper(4)'), ruby_eval('helper(5)');
         SELECT ruby_eval('raise \"boom\"'); SELECT ruby_eval('1 +'); SELECT ruby_eval();",
    );
    has(
        &text,
        &[
            "2|42|1|0\n{\"a\":[1,null,\"x\"]}|object\n",
            "8|10",
            "boom (RuntimeError) at eval:1",
            "syntax error",
            "a text is wanted",
        ],
    );
}

#[test]
fn a_million_calls_leave_nothing_behind() {
    let place = script("function(:name) { |n| \"name#{n}\" }");
    let text = place.python(
        "import resource\n\
         db.execute(\"SELECT ruby_load('f.rb')\").fetchall()\n\
         sql = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<200000) SELECT max(name(n)) FROM c'\n\
         def run():\n\
         \x20 db.execute(sql).fetchall()\n\
         \x20 return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n\
         run()\n\
         before = run()\n\
         for _ in range(3): run()\n\
         print(run() - before < 4000)",
    );
    assert_eq!(text, "True");
}
