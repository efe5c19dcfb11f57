# What a script's table class inherits. A class declares its columns and what it can do of a query;
# the host reads that once (Table.__definition) and calls the rest as the query needs it.
#
#   class Users < Table
#     column :id, :integer, key: true, ops: [:eq], exact: true
#     column :name, :text
#     def each(q)
#       yield [1, "ann"]
#     end
#   end
class Table
  # A value that its column can't hold, or a row of the wrong width.
  class DataError < StandardError; end
  # Raise it to refuse a write: the host answers a constraint violation.
  class ConstraintError < StandardError; end
  # Raised at a `yield` whose scan has ended early, so that `ensure` runs. Not for `rescue => e`.
  class Closed < Exception; end

  METHODS = [:insert, :insert_many, :update, :delete, :truncate, :begin, :sync, :commit, :rollback,
             :savepoint, :release, :rollback_to, :explain, :analyze, :rename, :close]

  class << self
    def column(name, type = :any, key: false, array: false, ops: [], exact: false)
      # Two scripts may not share a class by chance; `class Mine::Users < Table` keeps them apart.
      raise NameError, "class #{self} is defined by another script already" if @script != Table.__loading
      ops = [ops] unless Array === ops
      own_columns << [name.to_s, type.to_s, array, key, ops.map { |op| op.to_s }, exact]
    end

    def option(name, required: false, secret: false)
      (@options ||= []) << [name.to_s, required, secret]
    end

    def sortable(*names)
      @sortable = (@sortable || []) + names.map { |name| name.to_s }
    end

    def limit!
      @limits = true
    end

    # estimate { |q| {rows: 10, width: 40, cost: 1.0, unique: q.eq?(:id)} }
    def estimate(&block)
      @estimate = block
    end

    def columns
      inherited_columns + own_columns
    end

    def inherited(child)
      Table.__classes << child
      child.instance_variable_set(:@script, Table.__loading)
    end

    def __classes
      @@classes ||= []
    end

    def __options
      mine = superclass.respond_to?(:__options) ? superclass.__options : nil
      @options ? (mine || []) + @options : mine
    end

    def __sortable
      (superclass.respond_to?(:__sortable) ? superclass.__sortable : []) + (@sortable || [])
    end

    def __limits
      @limits || (superclass.respond_to?(:__limits) && superclass.__limits) || false
    end

    def __estimate_block
      @estimate || (superclass.respond_to?(:__estimate_block) ? superclass.__estimate_block : nil)
    end

    # What a host needs to know of any class that can be a table.
    def __definition(klass)
      ours = klass <= Table ? true : false
      methods = METHODS.select { |name| klass.method_defined?(name) }.map { |name| name.to_s }
      methods << "import_schema" if klass.respond_to?(:import_schema)
      return [klass.to_s, [], nil, [], false, false, false, methods] unless ours
      [klass.to_s, klass.columns, klass.__options, klass.__sortable, klass.__limits, true,
       !!klass.__estimate_block, methods]
    end

    def __estimate(klass, query)
      said = klass.__estimate_block.call(query) || {}
      [said[:rows] && said[:rows].to_f, said[:width] && said[:width].to_i,
       said[:cost] && said[:cost].to_f, !!said[:unique]]
    end

    # A class for a script: the one named, the script's last value, or the last table it defined.
    def __find(name, last, seen)
      if name
        found = name.split("::").inject(Object) { |outer, part| outer.const_get(part.to_sym) }
        raise TypeError, "#{name} is no class" unless found.respond_to?(:new)
        return found
      end
      return last if Class === last
      found = __classes[seen, __classes.size].last
      raise ArgumentError, "the script's last value is no class, and it defines no table" unless found
      found
    end

    # Options as `new` takes them: a Hash with String keys that also answers Symbols.
    def __new(klass, options)
      takes = klass.instance_method(:initialize).arity rescue -1
      takes == 0 ? klass.new : klass.new(Options.from(options))
    end

    def __import(klass, args)
      answer = klass.import_schema(Options.from(args))
      answer = [answer] unless Array === answer
      answer.map do |entry|
        case entry
        when String then ["sql", entry, "", {}]
        when Hash
          ["table", entry[:name].to_s, (entry[:class] || klass).to_s, (entry[:options] || {})]
        when Class then ["table", __table_name(entry), entry.to_s, {}]
        else raise TypeError, "import_schema answers tables (Hash, Class) and SQL (String), not #{entry.inspect}"
        end
      end
    end

    # HttpLog => "http_log"
    def __table_name(klass)
      text = ""
      klass.to_s.split("::").last.each_char do |c|
        text << "_" if c >= "A" && c <= "Z" && !text.empty?
        text << c.downcase
      end
      text
    end

    # Runs a scan. A table yields its rows; so does any class whose `each` takes the query. It may
    # answer an Enumerator instead. (Not an Array: `@rows.each { |row| yield row if fits }` answers
    # one, and means nothing by it.) Any other class is called in the way of Holycorn: a row per
    # call, until one is no Array.
    def __scan(object, query, row)
      takes_query = object.method(:each).arity != 0
      if takes_query || Table === object
        answer = takes_query ? object.each(query, &row) : object.each(&row)
        answer.each { |one| row.call(one) } if Enumerator === answer
      else
        while Array === (answer = object.each)
          row.call(answer)
        end
      end
    rescue StopIteration
      # How an Enumerator's `next` says that there are no more rows.
      raise if Table === object
    end

    private

    def own_columns
      @columns ||= []
    end

    def inherited_columns
      superclass.respond_to?(:columns) ? superclass.columns : []
    end
  end

  attr_reader :options

  def initialize(options = {})
    @options = options
  end

  # The options of a table. Names are Strings, as hosts have them; Symbols find them as well (by the
  # default, because the VM does not call `[]` of a Hash).
  class Options < Hash
    def self.from(pairs)
      new { |hash, key| Symbol === key ? hash.fetch(key.to_s, nil) : nil }.merge!(pairs)
    end

    def fetch(key, *default, &block)
      super(Symbol === key ? key.to_s : key, *default, &block)
    end

    def key?(key)
      super(Symbol === key ? key.to_s : key)
    end
  end

  # What a scan is asked for: `q` in `each(q)`.
  class Query
    attr_reader :columns, :quals, :order, :limit, :offset, :params

    def initialize(columns, quals, order, limit, offset, params)
      @columns, @quals, @order = columns, quals, order
      @limit, @offset, @params = limit, offset, params
    end

    # Whether there is a condition `name = value`.
    def eq?(name)
      @quals.any? { |column, op, _| column == name && op == :eq }
    end

    # The value of a condition; nil without one.
    def value(name, op = :eq)
      found = @quals.find { |column, known, _| column == name && known == op }
      found && found[2]
    end

    alias [] value

    # Whether this column is needed.
    def column?(name)
      @columns.include?(name)
    end

    def inspect
      "#<Table::Query columns=#{@columns.inspect} quals=#{@quals.inspect} order=#{@order.inspect} limit=#{@limit.inspect} offset=#{@offset.inspect}>"
    end
  end
end

class Table
  class << self
    # The script that is being run; nil outside of one.
    attr_accessor :__loading

    # What the standard library brings when a script first names it: not the script's own.
    LIBRARY = [:JSON, :Time, :IO, :File, :Dir, :FileUtils, :FileTest, :STDIN, :Process, :ENV, :Socket,
               :Addrinfo, :SocketError, :SecureRandom, :Base64, :Shellwords, :OpenStruct, :StringIO,
               :StringScanner, :Singleton, :Forwardable, :SimpleDelegator, :Benchmark]

    # Removes what an old version of a script defined.
    def __forget(names)
      (names - LIBRARY).each do |name|
        value = Object.const_get(name)
        __classes.delete_if { |klass| klass.equal?(value) || klass.to_s.start_with?("#{name}::") } if Module === value
        Object.__send__(:remove_const, name)
      end
    end
  end

  # The rows of `analyze`, as a table.
  class Sample
    def initialize(rows)
      @rows = rows
    end

    def each(_query, &block)
      @rows.each(&block)
      nil
    end
  end
end
