# flaky_api.rb
on :connect, host: "api.stripe.com" do |c|
  raise Errno::ECONNREFUSED if c.nth == 3
  sleep 5 if (c.nth % 10).zero?
end
