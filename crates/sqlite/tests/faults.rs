//! Bad scripts, bad values, faults of ours: an SQL error with the message and the line, and the host
//! lives (`Place::sql` checks that it does).

mod hosts;

use hosts::{Place, has};

fn rows(body: &str) -> Place {
    Place::new().script("t.rb", &format!("class T < Table\n{body}\nend\n"))
}

const CREATE: &str = "CREATE VIRTUAL TABLE t USING ruby(script='t.rb');\n";

#[test]
fn bad_texts_are_refused_with_their_row() {
    let place = rows(
        "column :s, :text\noption :how\ndef each(q)\nyield ['fine']\nyield [options[:how] == 'nul' ? \"a\\0b\" : \"\\xff\\xfe\"]\nend",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE a USING ruby(script='t.rb', how=nul);
         CREATE VIRTUAL TABLE b USING ruby(script='t.rb', how=bytes);
         SELECT s FROM a; SELECT s FROM b;",
    );
    has(
        &text,
        &[
            "row 2, column s: a text with a NUL byte",
            "row 2, column s: a text that is not UTF-8 (byte 0)",
            "t.rb:6",
        ],
    );
}

#[test]
fn bytes_go_through_a_blob() {
    let place = rows("column :b, :blob\ndef each(q) = yield([\"\\xff\\0\\x01\"])");
    assert_eq!(place.sql(&format!("{CREATE}SELECT hex(b), typeof(b) FROM t;")), "FF0001|blob");
}

#[test]
fn endless_loops_deep_calls_and_memory_hogs_end() {
    let place = rows(
        "column :n\noption :what\ndef down(n) = down(n + 1) + 1\ndef each(q)\ncase options[:what]\n\
         when 'loop' then begin; loop { }; rescue Exception; retry; end\n\
         when 'deep' then down(0)\nwhen 'hog' then s = []; loop { s << 'x' * 1_000_000 }\nend\nend",
    )
    .env("HIJINKS_MAX_INSTRUCTIONS", "3000000")
    .env("HIJINKS_MAX_MEMORY", "50000000");
    let text = place.sql(
        "CREATE VIRTUAL TABLE a USING ruby(script='t.rb', what=loop);
         CREATE VIRTUAL TABLE b USING ruby(script='t.rb', what=deep);
         CREATE VIRTUAL TABLE c USING ruby(script='t.rb', what=hog);
         SELECT n FROM a; SELECT n FROM b; SELECT n FROM c; SELECT ruby_eval('6 * 7');",
    );
    has(&text, &["used up its instructions", "SystemStackError", "used up its memory", "42"]);
}

#[test]
fn an_interrupt_ends_a_script_that_never_would() {
    let place = rows("column :n\ndef each(q) = loop { }");
    let text = place.python(&format!(
        "import threading, time\n\
         db.executescript({CREATE:?})\n\
         stop = threading.Timer(0.3, db.interrupt)\n\
         stop.start()\n\
         start = time.monotonic()\n\
         try: db.execute('SELECT n FROM t').fetchall()\n\
         except sqlite3.OperationalError as error: print(error)\n\
         try: db.execute(\"SELECT ruby_eval('2 + 3')\"); print(db.execute(\"SELECT ruby_eval('2 + 3')\").fetchone())\n\
         except sqlite3.OperationalError as error: print('again', error)\n"
    ));
    assert_eq!(text, "interrupted\n(5,)");
}

#[test]
fn a_panic_in_any_callback_is_an_error() {
    let callbacks = [
        "xCreate",
        "xConnect",
        "xBestIndex",
        "xOpen",
        "xFilter",
        "xNext",
        "xColumn",
        "xRowid",
        "xUpdate",
        "xBegin",
        "xSync",
        "xCommit",
        "xRollback",
        "xSavepoint",
        "xRelease",
        "xRollbackTo",
        "xClose",
        "xDisconnect",
        "xFunc",
        "xStep",
        "xFinal",
        "xValue",
        "xInverse",
        "xCompare",
        "ruby_eval",
        "ruby_load",
        "ruby_import",
    ];
    let script = "class T < Table
           column :n, :integer, key: true
           def initialize(o) = @r = {1 => 1, 2 => 2, 3 => 3}
           def each(q) = @r.keys.each { |n| yield [n] }
           def insert(row) = @r[row[:n]] = row[:n]
           def delete(n) = @r.delete(n)
           def begin = nil
         end
         function(:inc) { |n| n + 1 }
         aggregate :moving do
           def step(n) = @s = (@s || 0) + n
           def inverse(n) = @s -= n
           def value = @s
           def final = @s
         end
         collation(:back) { |a, b| b <=> a }";
    let statements = format!(
        "{CREATE}SELECT ruby_load('t.rb'); SELECT n, rowid FROM t;
         INSERT INTO t VALUES (9);
         BEGIN; SAVEPOINT a; INSERT INTO t VALUES (10); SAVEPOINT b; ROLLBACK TO a; RELEASE a; COMMIT;
         BEGIN; DELETE FROM t WHERE n = 9; ROLLBACK;
         SELECT inc(n), moving(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM t;
         SELECT moving(n) FROM t; SELECT n FROM t ORDER BY 'x' || n COLLATE back;
         SELECT ruby_eval('1'); SELECT ruby_import('t.rb');"
    );
    for callback in callbacks {
        let place = Place::new().script("t.rb", script);
        if callback == "xConnect" {
            // Only a database that has the table already connects to it.
            place.sql(CREATE);
        }
        let text = place.env("HIJINKS_FAULT", callback).sql(&statements);
        let silent = ["xClose", "xDisconnect"];
        let wanted = match callback {
            // A collation can't report: it interrupts.
            "xCompare" => "nterrupt",
            // SQLite has no way to fail these, or does not look.
            "xCommit" | "xRollback" => "",
            _ if silent.contains(&callback) => "",
            // SQLite drops the message.
            "xSavepoint" | "xRelease" | "xRollbackTo" => "SQL logic error",
            _ => "a panic injected by a test",
        };
        assert!(text.contains(wanted), "{callback}: {text}");
    }
}

#[test]
fn a_script_that_changes_is_read_again_and_a_removed_one_missed() {
    let place = rows("column :n, :integer\ndef each(q) = yield([1])");
    let text = place.python(
        "import os, time\n\
         def make(name): db.execute(f\"CREATE VIRTUAL TABLE {name} USING ruby(script='t.rb')\")\n\
         def rows(name): print(db.execute(f'SELECT * FROM {name}').fetchall())\n\
         make('old'); rows('old')\n\
         scan = db.execute('SELECT * FROM old')\n\
         open('t.rb', 'w').write('class T < Table\\ncolumn :n, :integer\\ncolumn :m\\ndef each(q) = yield([2, 3])\\nend\\n')\n\
         make('new'); rows('new'); rows('old')\n\
         print(scan.fetchall())\n\
         os.remove('t.rb')\n\
         rows('new')\n\
         try: make('gone')\n\
         except sqlite3.OperationalError as error: print(error)\n",
    );
    has(&text, &["[(1,)]\n[(2, 3)]\n[(1,)]\n[(1,)]\n[(2, 3)]\nscript t.rb: No such file"]);
}

#[test]
fn two_scripts_do_not_mix_their_classes() {
    let place = rows("column :a\ndef each(q) = yield([1])")
        .script("u.rb", "class T < Table\ncolumn :b\ndef each(q) = yield([2])\nend");
    let text = place.sql(&format!(
        "{CREATE}CREATE VIRTUAL TABLE u USING ruby(script='u.rb');\nSELECT * FROM t;"
    ));
    has(&text, &["1", "class T is defined by another script"]);
}

#[test]
fn mistakes_in_a_definition_are_explained() {
    let place = Place::new()
        .script("none.rb", "1 + 1")
        .script("syntax.rb", "class A < Table\n  def each(q\nend")
        .script("op.rb", "class B < Table\ncolumn :n, :integer, ops: [:near]\nend")
        .script("sort.rb", "class C < Table\ncolumn :n\nsortable :m\nend")
        .script("option.rb", "class T < Table\ncolumn :n\noption :url, required: true\nend");
    let text = place.sql(
        "CREATE VIRTUAL TABLE a USING ruby(script='none.rb');
         CREATE VIRTUAL TABLE a USING ruby(script='syntax.rb');
         CREATE VIRTUAL TABLE a USING ruby(script='op.rb');
         CREATE VIRTUAL TABLE a USING ruby(script='sort.rb');
         CREATE VIRTUAL TABLE a USING ruby(script='option.rb');
         CREATE VIRTUAL TABLE a USING ruby(script='option.rb', url=x, colour=red);
         CREATE VIRTUAL TABLE a USING ruby(script='option.rb', class='Nope', url=x);
         CREATE VIRTUAL TABLE a USING ruby();",
    );
    has(
        &text,
        &[
            "script none.rb: the script's last value is no class, and it defines no table",
            "syntax.rb:3: syntax error",
            "B, column n: no operator is called near",
            "C sorts by m, which is no column",
            "T needs the option url",
            "T has no option colour; it has url",
            "script option.rb defines no class Nope",
            "say where the class is",
        ],
    );
}

#[test]
fn a_view_of_a_database_file_can_not_run_ruby() {
    let place = rows("column :n\ndef each(q) = yield([1])");
    let text = place.sql(&format!(
        "{CREATE}CREATE VIEW v AS SELECT * FROM t; SELECT * FROM v;
         CREATE VIEW w AS SELECT ruby_eval('1'); SELECT * FROM w;"
    ));
    has(&text, &["unsafe use of virtual table \"t\"", "unsafe use of ruby_eval()"]);
}

#[test]
fn connections_come_and_go_and_leave_nothing_behind() {
    let place = rows("column :n, :integer\ndef each(q) = loop { yield [1] }")
        .script("f.rb", "function(:inc) { |n| n + 1 }");
    let text = place.python(
        "import resource\n\
         library = [row for row in open('/proc/self/maps') if 'hijinks' in row][0].split()[-1]\n\
         def visit(times):\n\
         \x20 for _ in range(times):\n\
         \x20   db = sqlite3.connect(':memory:')\n\
         \x20   db.enable_load_extension(True)\n\
         \x20   db.load_extension(library)\n\
         \x20   db.execute(\"CREATE VIRTUAL TABLE t USING ruby(script='t.rb')\")\n\
         \x20   db.execute(\"SELECT ruby_load('f.rb')\").fetchall()\n\
         \x20   scan = db.execute('SELECT inc(n) FROM t')\n\
         \x20   assert scan.fetchone() == (2,)\n\
         \x20   db.close()\n\
         \x20 return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n\
         visit(20)\n\
         before = visit(20)\n\
         print(visit(200) - before < 8000)",
    );
    assert_eq!(text, "True");
}

#[test]
fn a_host_may_end_in_the_middle_of_a_scan() {
    let place = rows("column :n, :integer\ndef each(q) = loop { yield [1] }");
    let text = place.python(&format!(
        "db.executescript({CREATE:?})\n\
         scans = [db.execute('SELECT n FROM t') for _ in range(10)]\n\
         print([scan.fetchone() for scan in scans][0])\n\
         import sys; sys.exit(0)"
    ));
    assert_eq!(text, "(1,)");
}
