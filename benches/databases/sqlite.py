#!/usr/bin/env python3
"""SQLite with Ruby beside SQLite with Python (APSW): rows and calls per second of process CPU.

    python3 benches/databases/sqlite.py [libhijinks_sqlite.so]

Needs apsw from PyPI. Both run in one process, in APSW's own SQLite, in turns: each figure is the
least of several rounds. The machine's load touches both alike; compare the ratio.
"""
import json
import os
import sys
import tempfile
import time

import apsw
import apsw.ext

ROWS = 1_000_000
ROUNDS = int(os.environ.get("ROUNDS", "5"))
HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.join(HERE, "..", "..", "target", "release", "libhijinks_sqlite.so")

SCRIPT = """
class Made < Table
  column :id, :integer
  column :x, :float
  column :name, :text

  def each(q)
    i = 0
    case q.columns
    when [:id, :x, :name]
      while i < 1_000_000
        yield [i, i * 0.5, "name#{i}"]
        i += 1
      end
    when [:x]
      while i < 1_000_000
        yield [i * 0.5]
        i += 1
      end
    end
  end
end

function(:ruby_add1, [:int] => :int, deterministic: false) { |n| n + 1 }
"""


class Source:
    """The same table as an APSW virtual table class."""

    def Create(self, db, module, dbname, name, *args):
        return "CREATE TABLE x(id INTEGER, x REAL, name TEXT)", Table()

    Connect = Create


class Table:
    def BestIndex(self, constraints, orderbys):
        return None

    def Open(self):
        return Cursor()

    def Disconnect(self):
        pass

    Destroy = Disconnect


class Cursor:
    def Filter(self, number, text, args):
        self.i = 0

    def Eof(self):
        return self.i >= ROWS

    def Column(self, n):
        if n == 0:
            return self.i
        if n == 1:
            return self.i * 0.5
        if n == 2:
            return f"name{self.i}"
        return self.i

    def Rowid(self):
        return self.i

    def Next(self):
        self.i += 1

    def Close(self):
        pass


def generated():
    for i in range(ROWS):
        yield (i, i * 0.5, f"name{i}")


generated.columns = ("id", "x", "name")
generated.column_access = apsw.ext.VTColumnAccess.By_Index

COUNT = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<{ROWS}) "


def cpu(db, sql):
    start = time.process_time()
    for _ in db.execute(sql):
        pass
    return time.process_time() - start


def main():
    library = sys.argv[1] if len(sys.argv) > 1 else LIBRARY
    db = apsw.Connection(":memory:")
    db.enable_load_extension(True)
    db.load_extension(os.path.abspath(library))
    with tempfile.NamedTemporaryFile("w", suffix=".rb") as script:
        script.write(SCRIPT)
        script.flush()
        db.execute(f"CREATE VIRTUAL TABLE ruby_rows USING ruby(script='{script.name}')")
    db.create_module("apsw_class", Source())
    db.execute("CREATE VIRTUAL TABLE apsw_rows USING apsw_class")
    apsw.ext.make_virtual_module(db, "apsw_generator", generated)
    db.create_scalar_function("apsw_add1", lambda n: n + 1, 1)

    three = "SELECT count(id), sum(x), max(length(name)) FROM {}"
    two = "SELECT count(*), sum(x) FROM {}"
    queries = {
        "none": COUNT + "SELECT sum(n) FROM c",
        "ruby, 3 columns": three.format("ruby_rows"),
        "apsw class, 3 columns": three.format("apsw_rows"),
        "apsw generator, 3 columns": three.format("apsw_generator"),
        "ruby, count+sum": two.format("ruby_rows"),
        "apsw class, count+sum": two.format("apsw_rows"),
        "apsw generator, count+sum": two.format("apsw_generator"),
        "ruby function": COUNT + "SELECT sum(ruby_add1(n)) FROM c",
        "apsw function": COUNT + "SELECT sum(apsw_add1(n)) FROM c",
    }
    least = {}
    for _ in range(ROUNDS):
        for name, sql in queries.items():
            least[name] = min(least.get(name, 1e9), cpu(db, sql))
    rate = {}
    for name, seconds in least.items():
        if name == "none":
            continue
        net = seconds - least["none"] if name.endswith("function") else seconds
        rate[name] = ROWS / max(net, 1e-9) / 1e6
    promise = {"ruby, 3 columns": (2.4, 4), "ruby, count+sum": (5.3, 8), "ruby function": (10, 20)}
    peer = {"ruby, 3 columns": "apsw class, 3 columns", "ruby, count+sum": "apsw class, count+sum",
            "ruby function": "apsw function"}
    print(f"SQLite {db.execute('SELECT sqlite_version()').get}, APSW {apsw.apsw_version()}, "
          f"{ROWS} rows or calls, process CPU, least of {ROUNDS}")
    for name, value in rate.items():
        line = f"{name:28} {value:7.2f} M/s"
        if name in promise:
            must, aim = promise[name]
            line += f"   must {must}, aim {aim}, {value / rate[peer[name]]:.2f} x APSW's class or function"
        print(line)
    if "--json" in sys.argv:
        print(json.dumps(rate))
    return 0 if all(rate[name] >= must for name, (must, _) in promise.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
