"""The small figure of each finding of the doctor, from the arrays that come with it."""
