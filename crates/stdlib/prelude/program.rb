module Kernel
  def exit(status = true)
    raise SystemExit.new(status)
  end

  def exit!(status = true)
    raise SystemExit.new(status)
  end

  def abort(message = nil)
    $stderr.puts message if message
    raise SystemExit.new(1, message || "exit")
  end

  def at_exit(&block)
    raise ArgumentError, "called without a block" unless block
    ($__at_exit ||= []) << block
    block
  end
end
