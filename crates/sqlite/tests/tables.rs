//! Tables as SQLite sees them: what is pushed down, writes and transactions, tables by name alone.

mod hosts;

use hosts::{Place, has};

const USERS: &str = r#"
class Users < Table
  column :id, :integer, key: true, ops: [:eq, :in, :gt, :lt], exact: true
  column :name, :text, ops: [:eq, :ilike], exact: true
  column :ok, :boolean
  column :tags, :json
  sortable :id
  limit!

  def initialize(options)
    @rows = {}
    %w[ann bob cy dan].each_with_index { |name, i| @rows[i + 1] = {name: name, ok: i.even?, tags: [i]} }
  end

  def each(q)
    $asked = [q.columns, q.quals, q.order, q.limit, q.offset]
    $made = 0
    rows = @rows.map { |id, row| {id: id}.merge(row) }
    q.quals.each do |column, op, value|
      rows = rows.select do |row|
        case op
        when :eq then row[column] == value
        when :in then value.include?(row[column])
        when :gt then row[column] > value
        when :lt then row[column] < value
        when :ilike then row[column].downcase.start_with?(value.downcase.sub("%", ""))
        end
      end
    end
    rows = rows.sort_by { |row| row[:id] } if q.order[0]
    rows = rows.reverse if q.order[0] && q.order[0][1] == :desc
    rows = rows.drop(q.offset || 0)
    rows = rows.take(q.limit) if q.limit
    rows.each { |row| $made += 1; yield row }
  end

  def insert(row)
    raise ConstraintError, "no name" unless row[:name]
    id = row[:id] || (@rows.keys.max || 0) + 1
    raise ConstraintError, "id #{id} is taken" if @rows[id]
    @rows[id] = {name: row[:name], ok: row[:ok], tags: row[:tags]}
    id
  end

  def update(id, row)
    $changed = row
    old = @rows.delete(id)
    @rows[row[:id] || id] = old.merge(row.reject { |key, _| key == :id })
  end

  def delete(id) = @rows.delete(id)
  def begin = @saved = [copy]
  def savepoint(n) = @saved[n + 1] = copy
  def rollback_to(n) = @rows = @saved[n + 1].dup
  def rollback = @rows = @saved[0]
  def sync = (raise "refused" if @rows.values.any? { |row| row[:name] == "refuse" })
  def copy = @rows.dup
end
"#;

const CREATE: &str = "CREATE VIRTUAL TABLE users USING ruby(script='users.rb');\n";
const ASKED: &str = "SELECT ruby_eval('$asked.inspect');";

fn users() -> Place {
    Place::new().script("users.rb", USERS)
}

fn asked(query: &str) -> String {
    users().sql(&format!("{CREATE}{query}; {ASKED}"))
}

#[test]
fn only_the_needed_columns_are_asked_for() {
    let text = asked("SELECT max(name) FROM users");
    assert_eq!(text, "dan\n[[:id, :name], [], [], nil, nil]", "the key is the rowid");
}

#[test]
fn conditions_arrive_as_the_columns_type() {
    has(&asked("SELECT name FROM users WHERE id = '2'"), &["bob\n", "[[:id, :eq, 2]]"]);
    has(&asked("SELECT name FROM users WHERE rowid > 3"), &["dan\n", "[[:id, :gt, 3]]"]);
    has(
        &asked("SELECT name FROM users WHERE id IN (4, 1)"),
        &["ann\ndan\n", "[[:id, :in, [1, 4]]]"],
    );
    has(
        &asked("SELECT name FROM users WHERE name LIKE 'B%'"),
        &["bob\n", "[[:name, :ilike, \"B%\"]]"],
    );
    let all = "SELECT count(*) FROM users WHERE ";
    has(&asked(&format!("{all} id < 'a text'")), &["4\n"]);
    assert_eq!(asked(&format!("{all} id > 'a text'")), "0\nnil", "no number is: nothing is run");
    assert_eq!(asked(&format!("{all} id = NULL")), "0\nnil");
}

#[test]
fn like_means_what_sqlite_says_it_means() {
    let text = users().sql(&format!(
        "{CREATE}PRAGMA case_sensitive_like = on; SELECT count(*) FROM users WHERE name LIKE 'B%';"
    ));
    assert_eq!(text, "0");
}

#[test]
fn match_is_the_tables_own() {
    let place = Place::new().script(
        "m.rb",
        "class M < Table\ncolumn :word, :text, ops: [:match]\n\
         def each(q) = yield(\"found #{q.value(:word, :match)}\")\nend",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE m USING ruby(script='m.rb'); SELECT word FROM m WHERE word MATCH 'it';",
    );
    assert_eq!(text, "found it");
}

#[test]
fn a_text_with_another_order_is_compared_by_sqlite() {
    let text = asked("SELECT id FROM users WHERE name = 'BOB' COLLATE NOCASE");
    assert_eq!(text, "2\n[[:id, :name], [], [], nil, nil]");
}

#[test]
fn a_limit_is_handed_over_only_when_it_is_right() {
    has(
        &asked("SELECT name FROM users WHERE id > 1 ORDER BY id DESC LIMIT 1 OFFSET 1"),
        &["cy\n", "[[:id, :gt, 1]], [[:id, :desc, :nulls_last]], 1, 1]"],
    );
    has(&asked("SELECT name FROM users ORDER BY name LIMIT 1"), &["ann\n", "[], nil, nil]"]);
    has(&asked("SELECT name FROM users WHERE ok = 0 LIMIT 1"), &["bob\n", "[], [], nil, nil]"]);
    has(&asked("SELECT DISTINCT ok FROM users LIMIT 2"), &["1\n0\n", "[], [], nil, nil]"]);
    has(&asked("SELECT count(*) FROM users a JOIN users b USING (id) LIMIT 1"), &["4\n"]);
    has(&asked("SELECT count(*) FROM (SELECT 1 FROM users LIMIT 3)"), &["3\n"]);
    has(&asked("SELECT name FROM users LIMIT -1"), &["dan\n", "nil, nil]"]);
}

#[test]
fn a_limit_that_is_not_handed_over_still_stops_the_script() {
    let place = Place::new().script(
        "many.rb",
        "class Many < Table\ncolumn :n, :integer\n\
         def each(q)\nn = 0\nloop { yield [n += 1] }\nensure\n$made = n\nend\nend",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE many USING ruby(script='many.rb');
         SELECT n FROM many LIMIT 2; SELECT ruby_eval('$made < 100');",
    );
    assert_eq!(text, "1\n2\n1");
}

#[test]
fn rows_are_inserted_changed_and_deleted() {
    let text = users().sql(&format!(
        "{CREATE}INSERT INTO users(name, ok, tags) VALUES ('eve', 1, '{{\"a\":[1]}}'), ('flo', 0, NULL);
         SELECT last_insert_rowid();
         UPDATE users SET name = upper(name) WHERE id = 5;
         SELECT ruby_eval('$changed.inspect');
         UPDATE users SET id = 50 WHERE id = 6;
         DELETE FROM users WHERE id < 4;
         SELECT id, name, ok, tags, json_type(tags) FROM users;"
    ));
    has(
        &text,
        &["6\n", "{:name=>\"EVE\"}", "\n4|dan|0|[3]|array\n5|EVE|1|{\"a\":[1]}|object\n50|flo|0||"],
    );
}

#[test]
fn a_refused_row_is_a_constraint() {
    let text = users().sql(&format!(
        "{CREATE}INSERT INTO users(id, name) VALUES (1, 'x');
         INSERT OR IGNORE INTO users(id, name) VALUES (1, 'x'), (9, 'y');
         INSERT OR REPLACE INTO users(id, name) VALUES (2, 'z');
         SELECT id, name FROM users ORDER BY id;"
    ));
    has(&text, &["id 1 is taken", "1|ann\n2|z\n3|cy\n4|dan\n9|y"]);
}

#[test]
fn transactions_and_savepoints_reach_the_script() {
    let text = users().sql(&format!(
        "{CREATE}BEGIN; DELETE FROM users; SELECT count(*) FROM users; ROLLBACK;
         SELECT count(*) FROM users;
         BEGIN; SAVEPOINT a; DELETE FROM users WHERE id = 1; SAVEPOINT b; DELETE FROM users WHERE id = 2;
         ROLLBACK TO b; SELECT count(*) FROM users; ROLLBACK TO a; SELECT count(*) FROM users; COMMIT;
         BEGIN; INSERT INTO users(name) VALUES ('refuse'); COMMIT; ROLLBACK;
         SELECT count(*) FROM users;"
    ));
    let counts: Vec<_> = text.lines().take(5).collect();
    assert_eq!(counts, ["0", "4", "3", "4", "4"], "{text}");
    has(&text, &["Ruby: refused"]);
}

#[test]
fn a_statement_that_fails_in_the_middle_is_undone() {
    let text = users().sql(&format!(
        "{CREATE}INSERT INTO users(id, name) VALUES (7, 'g'), (8, NULL);
         SELECT count(*) FROM users;"
    ));
    has(&text, &["4", "no name"]);
}

#[test]
fn a_key_of_text_takes_the_place_of_the_rowid() {
    let place = Place::new().script(
        "words.rb",
        "class Words < Table
           column :word, :text, key: true
           column :n, :integer
           def initialize(o) = @rows = {'a' => 1, 'b' => 2}
           def each(q) = @rows.each { |word, n| yield [word, n] }
           def insert(row) = @rows[row[:word]] = row[:n]
           def update(word, row) = @rows[row[:word] || word] = row[:n]
           def delete(word) = @rows.delete(word)
         end",
    );
    let text = place.sql(
        "CREATE VIRTUAL TABLE words USING ruby(script='words.rb');
         INSERT INTO words VALUES ('c', 3); UPDATE words SET n = 20 WHERE word = 'b';
         DELETE FROM words WHERE word = 'a'; SELECT * FROM words;",
    );
    assert_eq!(text, "b|20\nc|3");
}

#[test]
fn a_table_that_can_not_be_written_says_what_is_missing() {
    let place =
        Place::new().script("r.rb", "class R < Table\ncolumn :n\ndef each(q) = yield([1])\nend");
    let text = place.sql(
        "CREATE VIRTUAL TABLE r USING ruby(script='r.rb'); INSERT INTO r VALUES (1); DELETE FROM r;",
    );
    has(&text, &["R can't insert: it has no method `insert`", "R has no key"]);
}

#[test]
fn a_loaded_class_is_a_table_by_its_name_and_its_options_are_arguments() {
    let place = Place::new().script(
        "lib.rb",
        "class NumberRange < Table
           column :value, :integer
           option :first, required: true
           option :last
           def each(q)
             from, to = q.params[:first], q.params[:last] || q.params[:first]
             (from..to).each { |n| yield [n] }
           end
         end
         class Plain < Table
           column :n
           def each(q) = yield([7])
         end",
    );
    let text = place.sql(
        "SELECT ruby_load('lib.rb'); SELECT n FROM plain;
         SELECT sum(value) FROM number_range(1, 100); SELECT value FROM number_range WHERE first = 5;
         SELECT r.value FROM (SELECT 2 AS n UNION SELECT 3) c, number_range(c.n, c.n) r;
         SELECT * FROM number_range;",
    );
    has(&text, &["number_range, plain\n7\n5050\n5\n2\n3"]);
    has(&text, &["no query solution"]);
}

#[test]
fn a_schema_is_imported_whole_or_in_part() {
    let place = || {
        Place::new().script(
            "shop.rb",
            "class Thing < Table
               column :n
               option :kind
               def each(q) = yield([options[:kind]])
               def self.import_schema(args)
                 %w[apples pears plums].map { |k| {name: k, options: {kind: k}} }
               end
             end",
        )
    };
    let names = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema ORDER BY name);";
    let text = place().sql(&format!("SELECT ruby_import('shop.rb'); SELECT n FROM pears; {names}"));
    assert_eq!(text, "3\npears\napples,pears,plums");
    let text = place().sql(&format!("SELECT ruby_import('shop.rb', 'only', 'plums'); {names}"));
    assert_eq!(text, "1\nplums");
    let text = place().sql(&format!("SELECT ruby_import('shop.rb', 'except', 'plums'); {names}"));
    assert_eq!(text, "2\napples,pears");
}

#[test]
fn a_table_stays_in_the_database_file_and_is_found_again() {
    let place = users();
    place.sql(CREATE);
    assert_eq!(place.sql("SELECT count(*) FROM users; DROP TABLE users;"), "4");
    assert_eq!(place.sql("SELECT count(*) FROM sqlite_schema;"), "0");
}

#[test]
fn code_may_stand_in_the_statement_itself() {
    let text = Place::new().sql(
        "CREATE VIRTUAL TABLE t USING ruby(source='class T < Table
           column :n, :integer
           def each(q) = 3.times { |n| yield [n] }
         end');
         SELECT sum(n) FROM t;",
    );
    assert_eq!(text, "3");
}
