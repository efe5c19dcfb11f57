# rot13.rb                                      # all that a program prints
on(:write, fd: :stdout) { |c| c.data = c.data.tr("A-Za-z", "N-ZA-Mn-za-m") }
