//! Scans: what a script may yield, what it may not, and how a scan ends.

#![allow(clippy::unwrap_used, reason = "tests")]

use tables::{Column, Error, Kind, Op, Operand, Plan, Qual, Runtime, Setup, Table, Type, Value};

fn runtime() -> Runtime {
    Runtime::new(Setup::default()).unwrap()
}

fn open(runtime: &Runtime, source: &str) -> Table {
    try_open(runtime, source, Vec::new()).unwrap()
}

fn try_open(runtime: &Runtime, source: &str, columns: Vec<Column>) -> Result<Table, Error> {
    let script = runtime.load_source(source, "test.rb")?;
    runtime.class(&script, None)?.open(&[], columns)
}

fn rows(table: &Table, plan: &Plan) -> Result<Vec<Vec<Value>>, Error> {
    let mut scan = table.scan(plan)?;
    let mut rows = Vec::new();
    while scan.advance()? {
        let value = |&column: &usize| scan.with_cell(column, |cell| cell.to_value());
        rows.push(plan.columns.iter().map(value).collect());
    }
    Ok(rows)
}

fn all(table: &Table) -> Result<Vec<Vec<Value>>, Error> {
    rows(table, &Plan::all(table.columns().len()))
}

fn ints(table: &Table) -> Vec<i64> {
    let first = |row: Vec<Value>| match row[0] {
        Value::Integer(i) => i,
        ref other => panic!("{other:?}"),
    };
    all(table).unwrap().into_iter().map(first).collect()
}

fn untyped(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::new(*name, Type::Any)).collect()
}

#[test]
fn rows_come_as_arrays_hashes_or_arguments() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Three < Table
           column :id, :integer
           column :name, :text
           def each(q)
             yield [1, 'one']
             yield id: 2, name: 'two'
             yield 3, :three
             yield [4, nil]
           end
         end",
    );
    let text = |s: &str| Value::Text(s.into());
    assert_eq!(
        all(&table).unwrap(),
        [
            [Value::Integer(1), text("one")],
            [Value::Integer(2), text("two")],
            [Value::Integer(3), text("three")],
            [Value::Integer(4), Value::Null],
        ]
    );
}

#[test]
fn a_scan_of_many_batches_loses_no_row() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Many < Table
           column :n, :integer
           def each(q) = 5000.times { |n| yield [n] }
         end",
    );
    assert_eq!(ints(&table), (0..5000).collect::<Vec<_>>());
    assert_eq!(ints(&table), (0..5000).collect::<Vec<_>>());
}

#[test]
fn each_may_answer_an_enumerator_instead() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Listed < Table
           column :n, :integer
           def each(q) = (1..600).lazy.map { |n| [n * 2] }
         end",
    );
    assert_eq!(ints(&table), (1..=600).map(|n| n * 2).collect::<Vec<_>>());
}

#[test]
fn a_row_may_have_the_needed_columns_or_all() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Wide < Table
           column :a
           column :b
           column :c
           def each(q)
             yield [1, 2, 3]
             yield [q.columns.size == 1 ? 2 : 0]
             yield b: 2, c: 3
           end
         end",
    );
    let plan = Plan { columns: vec![1], ..Plan::default() };
    assert_eq!(rows(&table, &plan).unwrap(), vec![[Value::Integer(2)]; 3]);
    assert_eq!(rows(&table, &Plan::default()).unwrap().len(), 3);
}

#[test]
fn an_each_that_yields_nothing_has_no_rows_whatever_it_answers() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Picky < Table
           column :n
           def each(q) = [[1], [2]].each { |row| yield row if row[0] > 5 }
         end",
    );
    assert_eq!(all(&table).unwrap().len(), 0);
}

#[test]
fn a_class_in_the_way_of_holycorn_gives_a_row_per_call() {
    let runtime = runtime();
    let source = "class Producer
           def initialize(env = {})
           end
           def each
             @enum ||= Enumerator.new do |y|
               10.times { |t| y.yield [t, \"line #{t}\"] }
             end
             @enum.next
           end
           self
         end";
    let table = try_open(&runtime, source, untyped(&["n", "line"])).unwrap();
    assert_eq!(ints(&table), (0..10).collect::<Vec<_>>());
    assert_eq!(ints(&table), (0..10).collect::<Vec<_>>(), "a second scan starts anew");
}

#[test]
fn a_row_that_is_no_array_ends_a_scan_in_the_way_of_holycorn() {
    let runtime = runtime();
    let source = "class Countdown
           def initialize(env) = @n = 3
           def each = (@n -= 1) >= 0 ? [@n] : nil
         end
         Countdown";
    let table = try_open(&runtime, source, untyped(&["n"])).unwrap();
    assert_eq!(ints(&table), [2, 1, 0]);
}

#[test]
fn an_exception_comes_after_the_rows_before_it_with_class_and_line() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Fragile < Table
           column :n, :integer
           def each(q)
             20.times { |n| yield [n] }
             raise ArgumentError, 'no more'
           end
         end",
    );
    let mut scan = table.scan(&Plan::all(1)).unwrap();
    for _ in 0..20 {
        assert!(scan.advance().unwrap());
    }
    let error = scan.advance().unwrap_err();
    let raised = error.raised().unwrap();
    assert_eq!((raised.class.as_str(), raised.message.as_str()), ("ArgumentError", "no more"));
    assert_eq!(raised.location.as_deref(), Some("test.rb:5"));
}

#[test]
fn a_scan_that_ends_early_runs_ensure_and_leaves_the_rest() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Careful < Table
           column :n, :integer
           def each(q)
             n = 0
             loop { yield [n += 1] }
           ensure
             $made, $closed = n, true
           end
         end",
    );
    {
        let mut scan = table.scan(&Plan::all(1)).unwrap();
        assert!(scan.advance().unwrap());
    }
    assert_eq!(runtime.eval("$closed", &[]).unwrap(), Value::Bool(true));
    assert_eq!(runtime.eval("$made <= 16", &[]).unwrap(), Value::Bool(true));
}

#[test]
fn a_script_that_will_not_end_after_its_scan_is_made_to() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Stubborn < Table
           column :n, :integer
           def each(q)
             begin
               loop { yield [1] }
             rescue Exception
               retry
             end
           end
         end",
    );
    let mut scan = table.scan(&Plan::all(1)).unwrap();
    assert!(scan.advance().unwrap());
    drop(scan);
    assert_eq!(runtime.eval("1 + 1", &[]).unwrap(), Value::Integer(2));
}

#[test]
fn a_wrong_value_names_row_column_and_type() {
    let message = |rows: &str| {
        let runtime = runtime();
        let source = format!(
            "class Wrong < Table
               column :id, :int4
               column :name, :text
               column :ok, :boolean
               def each(q)
                 yield [1, 'fine', true]
                 {rows}
               end
             end"
        );
        let error = all(&open(&runtime, &source)).unwrap_err();
        assert_eq!(error.kind(), Kind::Data, "{error}");
        assert_eq!(error.raised().unwrap().location.as_deref(), Some("test.rb:7"));
        error.raised().unwrap().message.clone()
    };
    assert_eq!(message("yield ['x', '', true]"), "row 2, column id: \"x\" (String) is no int4");
    assert_eq!(message("yield [1.5, '', true]"), "row 2, column id: 1.5 (Float) is no int4");
    assert_eq!(
        message("yield [1 << 31, '', nil]"),
        "row 2, column id: 2147483648 is out of range for int4"
    );
    assert_eq!(message("yield [1, '', 1]"), "row 2, column ok: 1 (Integer) is no boolean");
    assert_eq!(message("yield [1, '']"), "row 2 has 2 values; the query needs 3: id, name, ok");
    assert_eq!(
        message("yield [1, '', true, 5]"),
        "row 2 has 4 values; the query needs 3: id, name, ok"
    );
    assert!(message("yield [1, \"a\\0b\", true]").contains("column name: a text with a NUL byte"));
    assert!(
        message("yield [1, \"\\xff\", true]").contains("column name: a text that is not UTF-8")
    );
    assert!(message("yield({id: 1, name: 'x'})").starts_with("row 2 has no ok: "));
}

#[test]
fn values_keep_all_they_have() {
    let runtime = runtime();
    let table = open(
        &runtime,
        r#"class All < Table
             column :any
             def each(q)
               [false, 0.1, 1.0 / 3, :sym, "s" * 10_000, 2**62, -(2**63), {a: [1, nil, "x\n"]}, 1..3, 2**70].each { |v| yield [v] }
             end
           end"#,
    );
    let got: Vec<_> = all(&table).unwrap().into_iter().map(|mut row| row.remove(0)).collect();
    let text = |s: &str| Value::Text(s.into());
    assert_eq!(
        got,
        [
            Value::Bool(false),
            Value::Float(0.1),
            Value::Float(1.0 / 3.0),
            text("sym"),
            text(&"s".repeat(10_000)),
            Value::Integer(1 << 62),
            Value::Integer(i64::MIN),
            Value::Json(r#"{"a":[1,null,"x\n"]}"#.into()),
            text("1..3"),
            text("1180591620717411303424"),
        ]
    );
}

#[test]
fn a_script_sees_what_the_query_needs() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Asked < Table
           column :id, :integer, ops: [:eq, :in], exact: true
           column :name, :text
           def each(q)
             yield [[q.columns, q.quals, q.order, q.limit, q.offset, q.eq?(:id), q[:id]].inspect]
           end
         end",
    );
    let plan = Plan {
        columns: vec![1],
        quals: vec![Qual { column: 0, op: Op::Eq, operand: Operand::Argument(0) }],
        limit: Some(Operand::Value(Value::Integer(3))),
        ..Plan::default()
    };
    let rows = rows(&table, &plan.bind(&[Value::Integer(7)])).unwrap();
    let expected = "[[:name], [[:id, :eq, 7]], [], 3, nil, true, 7]";
    assert_eq!(rows, [[Value::Text(expected.into())]]);
}

#[test]
fn an_endless_loop_is_ended_by_the_host_or_by_its_budget() {
    let source = "class Busy < Table
           column :n, :integer
           def each(q)
             loop do
               begin
                 loop { }
               rescue Exception
               end
             end
           end
         end";
    let host = Setup { interrupted: Some(Box::new(|| true)), ..Setup::default() };
    let runtime = Runtime::new(host).unwrap();
    let table = open(&runtime, source);
    assert_eq!(all(&table).unwrap_err(), Error::Interrupted);

    let runtime = Runtime::new(Setup { instructions: Some(100_000), ..Setup::default() }).unwrap();
    let error = all(&open(&runtime, source)).unwrap_err();
    assert_eq!(error.kind(), Kind::Limit, "{error}");
}

#[test]
fn memory_and_depth_have_ends() {
    let setup = Setup { memory: Some(32 << 20), ..Setup::default() };
    let runtime = Runtime::new(setup).unwrap();
    let hog = open(
        &runtime,
        "class Hog < Table
           column :n
           def each(q)
             list = []
             loop { list << 'x' * 1_000_000 }
           end
         end",
    );
    assert_eq!(all(&hog).unwrap_err().kind(), Kind::Limit);
    let deep = open(
        &runtime,
        "class Deep < Table
           column :n
           def down(n) = [n].map { |m| down(m + 1) }
           def each(q) = down(0)
         end",
    );
    assert_eq!(all(&deep).unwrap_err().kind(), Kind::Limit);
    assert_eq!(runtime.eval("6 * 7", &[]).unwrap(), Value::Integer(42));
}

#[test]
fn many_scans_stand_side_by_side() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Count < Table
           column :n, :integer
           def each(q) = 1000.times { |n| yield [n] }
         end",
    );
    let mut scans: Vec<_> = (0..20).map(|_| table.scan(&Plan::all(1)).unwrap()).collect();
    for n in 0..1000 {
        for scan in &mut scans {
            assert!(scan.advance().unwrap());
            scan.with_cell(0, |cell| assert_eq!(cell, tables::Cell::Integer(n)));
        }
    }
    assert!(scans.iter_mut().all(|scan| !scan.advance().unwrap()));
}

#[test]
fn a_million_rows_leave_nothing_behind() {
    let runtime = runtime();
    let table = open(
        &runtime,
        "class Long < Table
           column :name, :text
           def each(q) = 100_000.times { |n| yield [\"name#{n}\"] }
         end",
    );
    let count = || {
        let mut scan = table.scan(&Plan::all(1)).unwrap();
        while scan.advance().unwrap() {}
        drop(scan);
        runtime.collect_garbage();
        runtime.memory_used()
    };
    let first = count();
    for _ in 0..9 {
        count();
    }
    assert!(count() < first + 10_000, "{first} bytes became {}", runtime.memory_used());
}
