//! The faults of Holycorn, the first Ruby in a database: each must be absent here. The numbers are
//! those of the list that was made by reading its source; those about PostgreSQL alone are tested
//! there.

mod hosts;

use hosts::{Place, has};

fn table(body: &str) -> Place {
    let script = format!("class Rows < Table\n{body}\nend\n");
    Place::new().script("rows.rb", &script)
}

const CREATE: &str = "CREATE VIRTUAL TABLE t USING ruby(script='rows.rb');\n";

#[test]
fn bug_1_an_exception_in_each_is_an_error_and_not_the_end_of_the_rows() {
    let place = table("column :n, :integer\ndef each(q)\nyield [1]\nraise 'broken'\nend");
    let text = place.sql(&format!("{CREATE}SELECT n FROM t; SELECT count(*) FROM t;"));
    has(&text, &["1\n", "Ruby: broken (RuntimeError) at rows.rb:5"]);
    assert!(!text.contains("\n2"));
    assert_eq!(text.matches("broken").count(), 2);
}

#[test]
fn bug_2_false_is_not_null() {
    let place = table("column :b, :boolean\ncolumn :any\ndef each(q) = yield([false, false])");
    assert_eq!(place.sql(&format!("{CREATE}SELECT b, any, b IS NULL FROM t;")), "0|0|0");
}

#[test]
fn bug_3_a_float_is_not_cut() {
    let place = table("column :x, :float\ncolumn :any\ndef each(q) = yield([0.1 + 0.2, 1.0 / 3])");
    let text = place.python(&format!(
        "db.executescript({CREATE:?})\nprint(db.execute('SELECT x, any FROM t').fetchone() == (0.1 + 0.2, 1.0 / 3))"
    ));
    assert_eq!(text, "True");
}

#[test]
fn bug_4_a_symbol_is_its_text() {
    let place = table("column :s, :text\ncolumn :any\ndef each(q) = yield([:sym, :bol])");
    assert_eq!(place.sql(&format!("{CREATE}SELECT * FROM t WHERE s = 'sym';")), "sym|bol");
}

#[test]
fn bug_5_long_texts_keep_their_length() {
    let place =
        table("column :s, :text\ndef each(q)\nyield ['x' * 10_000]\nyield ['y' * 10_000_000]\nend");
    let text = place.sql(&format!(
        "{CREATE}SELECT length(s), s = replace(hex(zeroblob(5000)), '0', 'x') FROM t;"
    ));
    assert_eq!(text, "10000|1\n10000000|0");
}

#[test]
fn bug_6_types_and_width_are_checked() {
    let place = table(
        "column :n, :integer\ncolumn :s, :text\noption :row\n\
         def each(q) = yield(options[:row] == 'short' ? [1] : options[:row] == 'long' ? [1, 'a', 2] : ['x', 5])",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE a USING ruby(script='rows.rb', row=short);
         CREATE VIRTUAL TABLE b USING ruby(script='rows.rb', row=long);
         CREATE VIRTUAL TABLE c USING ruby(script='rows.rb', row=typed);
         SELECT * FROM a; SELECT * FROM b; SELECT * FROM c;",
    );
    has(
        &text,
        &[
            "row 1 has 1 values; the query needs 2: n, s (Table::DataError) at rows.rb:5",
            "row 1 has 3 values; the query needs 2: n, s",
            "row 1, column n: \"x\" (String) is no integer",
        ],
    );
}

#[test]
fn bug_7_the_inner_side_of_a_join_starts_anew() {
    let place = table("column :n, :integer\ndef each(q) = 300.times { |n| yield [n] }");
    let text = place.sql(&format!(
        "{CREATE}SELECT count(*) FROM t a CROSS JOIN t b;
         SELECT sum((SELECT count(*) FROM t b WHERE b.n < a.n)) FROM t a WHERE a.n < 10;"
    ));
    assert_eq!(text, "90000\n45");
}

#[test]
fn bug_8_prepared_statements_can_be_run_again_and_again() {
    let place = table(
        "column :n, :integer, ops: [:lt], exact: true\n\
         def each(q) = q[:n, :lt].to_i.times { |n| yield [n] }",
    );
    let text = place.python(&format!(
        "db.executescript({CREATE:?})\n\
         print([db.execute('SELECT count(*) FROM t WHERE n < ?', (n,)).fetchone()[0] for n in range(10)])"
    ));
    assert_eq!(text, "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
}

#[test]
fn bug_9_a_missing_script_is_an_error() {
    let text = Place::new().sql("CREATE VIRTUAL TABLE t USING ruby(script='gone.rb');");
    has(&text, &["script gone.rb: No such file or directory"]);
}

#[test]
fn bug_10_explain_runs_nothing_of_the_scan() {
    let place = table("column :n, :integer\ndef each(q) = raise('was run')");
    let text =
        place.sql(&format!("{CREATE}EXPLAIN QUERY PLAN SELECT * FROM t; EXPLAIN SELECT * FROM t;"));
    assert!(!text.contains("was run"), "{text}");
}

#[test]
fn bug_11_errors_leave_nothing_behind() {
    let place = table(
        "column :s, :text\ndef each(q)\n1000.times { |n| yield ['x' * 1000] }\nraise 'broken'\nend",
    );
    let text = place.python(&format!(
        "import resource, sqlite3\n\
         db.executescript({CREATE:?})\n\
         def fail(times):\n\
         \x20 for _ in range(times):\n\
         \x20   try: db.execute('SELECT count(*) FROM t').fetchall()\n\
         \x20   except sqlite3.OperationalError: pass\n\
         \x20 return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n\
         fail(50)\n\
         before = fail(50)\n\
         print(fail(300) - before < 4000)"
    ));
    assert_eq!(text, "True");
}

#[test]
fn bug_12_a_time_keeps_its_microseconds() {
    let place = table(
        "column :at, :timestamptz\ncolumn :day, :date\ncolumn :any\n\
         def each(q)\nt = Time.at(1_700_000_000, 123_456)\nyield [t, Time.utc(2026, 2, 28), t]\nend",
    );
    let text = place.sql(&format!("{CREATE}SELECT at, day, any = at, strftime('%s', at) FROM t;"));
    assert_eq!(text, "2023-11-14 22:13:20.123456|2026-02-28|1|1700000000");
}

#[test]
fn bug_13_the_planner_gets_numbers() {
    let place = table(
        "column :n, :integer, ops: [:eq], exact: true\n\
         estimate { |q| {rows: q.eq?(:n) ? 1 : 1_000_000, unique: q.eq?(:n)} }\n\
         def each(q) = q.eq?(:n) ? yield([q[:n]]) : 1000.times { |n| yield [n] }",
    );
    let text = place.sql(&format!(
        "{CREATE}CREATE TABLE small(id INTEGER); INSERT INTO small VALUES (5), (7);
         SELECT count(*) FROM t JOIN small ON t.n = small.id;
         EXPLAIN QUERY PLAN SELECT * FROM t JOIN small ON t.n = small.id;"
    ));
    has(&text, &["2\n", "\"eq\""]);
    let scans: Vec<_> = text.lines().filter(|line| line.contains("SCAN")).collect();
    assert!(scans[0].contains("small"), "the table with a cheap lookup is the inner one: {text}");
}

#[test]
fn bug_14_scripts_come_only_from_the_script_directory_when_there_is_one() {
    let place = Place::new()
        .script("inside.rb", "class A < Table\ncolumn :n\ndef each(q) = yield([1])\nend");
    std::fs::create_dir(place.path().join("scripts")).unwrap();
    std::fs::rename(place.path().join("inside.rb"), place.path().join("scripts/inside.rb"))
        .unwrap();
    std::os::unix::fs::symlink("/etc/passwd", place.path().join("scripts/link.rb")).unwrap();
    let dir = place.path().join("scripts").display().to_string();
    let place = place.env("HIJINKS_SCRIPT_DIR", &dir);
    let text = place.sql(
        "CREATE VIRTUAL TABLE a USING ruby(script='inside.rb'); SELECT n FROM a;
         CREATE VIRTUAL TABLE b USING ruby(script='/etc/passwd');
         CREATE VIRTUAL TABLE c USING ruby(script='../test.db');
         CREATE VIRTUAL TABLE d USING ruby(script='link.rb');
         CREATE VIRTUAL TABLE e USING ruby(source='class E < Table; column :n; end');
         SELECT ruby_load('/etc/passwd');",
    );
    has(
        &text,
        &[
            "1\n",
            "script /etc/passwd: only a path below",
            "script ../test.db: only a path below",
            "script link.rb: it is a link that leads out",
            "code comes from there alone",
        ],
    );
    assert_eq!(text.matches("only a path below").count(), 3);
}

#[test]
fn the_examples_of_its_readme_run() {
    let place = Place::new().script(
        "producer.rb",
        "class Producer
           def initialize(env = {})
             raise 'no environment' unless env['SQLITE_VERSION']
           end
           def each
             @enum ||= Enumerator.new do |y|
               10.times do |t|
                 y.yield [ t, \"line #{t}\" ]
               end
             end
             @enum.next
           end
           self
         end",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE p USING ruby(script='producer.rb', n INTEGER, line TEXT);
         SELECT count(*), max(line) FROM p; SELECT count(*) FROM p a, p b;",
    );
    assert_eq!(text, "10|line 9\n100");
}
