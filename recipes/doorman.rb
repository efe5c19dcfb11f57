# doorman.rb
answers = Hash.new { |h, (who, where)| h[[who, where]] = ask?("#{who} wants #{where}. Allow?") }
on(:connect, family: :inet) { |c| raise Errno::EACCES unless answers[[c.program, c.address.host]] }
