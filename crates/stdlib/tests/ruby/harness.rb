# A test framework of twenty lines, the same under mruby and under CRuby.
$checks = 0
$failures = []

def test(name)
  $test = name
  yield
rescue Exception => e
  $failures << "#{name}: #{e.class}: #{e.message} #{(e.backtrace || []).first(3).inspect}"
end

def same(expected, actual)
  $checks += 1
  return if expected == actual && expected.class == actual.class
  $failures << "#{$test}, check #{$checks}: wanted #{expected.inspect}, got #{actual.inspect}"
end

def raises(type, message = nil)
  $checks += 1
  begin
    yield
  rescue Exception => e
    if !e.is_a?(type) || (message && e.message != message)
      $failures << "#{$test}, check #{$checks}: wanted #{type} #{message}, got #{e.class} #{e.message}"
    end
    return
  end
  $failures << "#{$test}, check #{$checks}: wanted #{type}, nothing was raised"
end
