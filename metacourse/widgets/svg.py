"""What widgets that draw in the browser have in common."""

ADD = r"""
    const add = (parent, name, attributes = {}, text = "") => {  // an SVG element
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      element.textContent = text;
      parent.append(element);
      return element;
    };
"""
