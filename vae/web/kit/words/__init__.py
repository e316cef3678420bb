"""What words need to be understood: the field's terms explained, and the way to the articles.

glossary    terms with their explanations
articles    titles with their addresses
"""
