"""Small trainings of which only the results ship: what each found, and where it lies."""
