# Tries: to do everything while it is read, and to have no run at all.
print("hello")
