"""Long work in processes of their own, without Streamlit."""
