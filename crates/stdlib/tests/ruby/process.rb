test "clocks" do
  a = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  same Float, a.class
  same true, Process.clock_gettime(Process::CLOCK_MONOTONIC) >= a
  same Integer, Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond).class
  same true, (Process.clock_gettime(Process::CLOCK_REALTIME, :second) - Time.now.to_i).abs < 60
  raises(Errno::EINVAL) { Process.clock_gettime(999) }
  same 0, sleep(0.001)
  raises(ArgumentError) { sleep(-1) }
  raises(TypeError) { sleep("x") }
end

test "who we are" do
  same Integer, Process.pid.class
  same Process.pid, $$
  same true, Process.ppid > 0
  same true, Process.uid >= 0
  raises(Errno::ESRCH) { Process.kill(0, 99999999) }
  raises(ArgumentError) { Process.kill(:NOPE, 1) }
end

test "ENV" do
  same "/home/ann", ENV["HOME"]
  same nil, ENV["NO_SUCH"]
  same "x", ENV.fetch("NO_SUCH", "x")
  same "NO_SUCH!", ENV.fetch("NO_SUCH") { |name| name + "!" }
  raises(KeyError) { ENV.fetch("NO_SUCH") }
  same true, ENV.key?("HOME")
  same Hash, ENV.to_h.class
  ENV["NEW"] = "1"
  same "1", ENV["NEW"]
  ENV.delete("NEW")
  same nil, ENV["NEW"]
  same true, ENV.any? { |k, v| k == "TZ" }
  same [], ARGV
end

test "leaving" do
  begin
    exit 3
  rescue SystemExit => e
    same [3, false], [e.status, e.success?]
  end
  begin
    exit
  rescue SystemExit => e
    same [0, true], [e.status, e.success?]
  end
  begin
    exit false
  rescue SystemExit => e
    same 1, e.status
  end
end

test "puts" do
  def $stdout.write(*items)
    ($written ||= []).concat(items.map(&:to_s))
    items.sum { |item| item.to_s.bytesize }
  end
  $stdout.print("a", 1)
  class << $stdout
    remove_method :write
  end
  same "a1", $written.join
end
